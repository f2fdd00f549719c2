"""Telling of a database that is away, without it: what to tell whom, a process remembers from when it last answered.

It writes that down as well, for processes that are started while the database is away: in a file of the data folder
that only its owner may read, and that no backup holds.

Every web process looks. Those of one data folder agree through a file in it on who tells, and when somebody was last
told, so that a database that comes and goes raises no storm: it is away at most once in half an hour, and after six
hours still.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from webapp.accounts.models import User
from webapp.core import clock
from webapp.core.permissions import Role
from webapp.health.queries import alerts as reading

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy.orm import Session

BEGUN, STILL, OVER = "begun", "still", "over"
FILE: Final = "database-away"
ADDRESSEES: Final = ".database-addressees"
LOOKS: Final = 2
PAUSE: Final = timedelta(minutes=30)
AGAIN: Final = timedelta(hours=6)
MOST_ADDRESSES: Final = 20


@dataclass(frozen=True, slots=True)
class People:
    """Who is told, and the address of the webhook, empty where there is none."""

    addresses: tuple[str, ...]
    webhook: str
    secret: str

    @property
    def anybody(self) -> bool:
        """Say whether there is anybody to tell."""
        return bool(self.addresses or self.webhook)


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody was last told, and when; `since` is from when on the database was away."""

    away: bool = False
    at: float = 0.0
    since: float = 0.0


def people(session: Session) -> People:
    """Return who is to be told."""
    kept = reading.settings(session)
    admins = select(User.email).where(User.role == Role.ADMIN, User.active).order_by(User.id).limit(MOST_ADDRESSES)
    addresses = tuple(session.scalars(admins)) if kept.by_mail else ()
    return People(addresses, kept.webhook, kept.webhook_secret)


class Lookout:
    """What one process knows; `tell` gets what there is to tell, whom, and since when the database is away."""

    def __init__(self, folder: Path, tell: Callable[[str, People, datetime], None]) -> None:
        """Take the data folder, and what hands a message over."""
        self._file, self._addressees, self._tell = folder / FILE, folder / ADDRESSEES, tell
        self._people: People | None = None
        self._told = Told()
        self._failures, self._since = 0, clock.now()

    def answered(self, found: People) -> None:
        """Note that the database is there, and say so where it was told to be away."""
        self._people, self._failures = found, 0
        if read_down(self._addressees) != found:
            write_down(self._addressees, found)
        self._decide(self._over)

    def failed(self) -> None:
        """Note that it is not; at the second look in a row somebody is told. A process that knows nobody tells none."""
        if self._failures == 0:
            self._since = clock.now()
        self._failures += 1
        if self._people is None:
            self._people = read_down(self._addressees)
        if self._failures >= LOOKS and self._people is not None and self._people.anybody:
            self._decide(self._away)

    def _decide(self, judge: Callable[[Told, float], tuple[str, Told] | None]) -> None:
        """Judge by what was told last, of all processes one at a time; where the file is of no use, for oneself."""
        try:
            with self._file.open("a+", encoding="utf-8") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                file.seek(0)
                found = judge(_read(file.read()), clock.now().timestamp())
                if found is not None:
                    file.truncate(0)
                    file.write(json.dumps([found[1].away, found[1].at, found[1].since]))
        except OSError:
            found = judge(self._told, clock.now().timestamp())
        if found is not None and self._people is not None:
            what, self._told = found
            self._tell(what, self._people, datetime.fromtimestamp(self._told.since, UTC))

    def _over(self, told: Told, now: float) -> tuple[str, Told] | None:
        return (OVER, Told(away=False, at=now, since=told.since)) if told.away else None

    def _away(self, told: Told, now: float) -> tuple[str, Told] | None:
        silent = AGAIN if told.away else PAUSE
        if now - told.at < silent.total_seconds():
            return None
        since = told.since if told.away else self._since.timestamp()
        return STILL if told.away else BEGUN, Told(away=True, at=now, since=since)


def write_down(path: Path, found: People) -> None:
    """Write down who is told, whole or not at all; without room or folder it is left for the next time."""
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump([list(found.addresses), found.webhook, found.secret], file)
        beside.replace(path)


def read_down(path: Path) -> People | None:
    """Return who was written down; None where nobody was, or what stands there is not ours."""
    try:
        addresses, webhook, secret = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError):
        return None
    texts = (*addresses, webhook, secret) if isinstance(addresses, list) else (None,)
    return People(tuple(addresses), webhook, secret) if all(isinstance(each, str) for each in texts) else None


def _read(text: str) -> Told:
    try:
        found: Any = json.loads(text)
        away, at, since = found
        return Told(bool(away), float(at), float(since))
    except (ValueError, TypeError):
        return Told()
