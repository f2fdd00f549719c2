"""Signs of life: each process of a part says every few seconds that it is there."""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from webapp.core import clock
from webapp.db.base import new_id, table_of
from webapp.db.upsert import upsert
from webapp.health.models import Heartbeat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Engine

    Transaction = Callable[[], AbstractContextManager[Session]]

BEAT_SECONDS: Final = 10.0
BEATS_A_LOOK: Final = 4
ALIVE_SECONDS: Final = 35.0
WEB: Final = "web"
WORKER: Final = "worker"
SCHEDULER: Final = "scheduler"
PARTS: Final = (WEB, WORKER, SCHEDULER)
LONGEST_HOST: Final = 100

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Heart:
    """One process of a part; make it in the process that it speaks for."""

    part: str
    every: float = BEAT_SECONDS
    id: UUID = field(default_factory=new_id)
    started_at: datetime = field(default_factory=clock.now)
    _beat_at: float = float("-inf")

    def beat_if_due(self, transaction: Transaction) -> None:
        """Write that the process is alive, if it has not done so for a while; a database that is away is logged."""
        if time.monotonic() - self._beat_at < self.every:
            return
        self._beat_at = time.monotonic()
        try:
            with transaction() as session:
                beat(session, self)
        except (DBAPIError, PoolTimeoutError) as error:
            log.warning("heartbeat_not_written", part=self.part, kind=type(error).__name__)


def pace(watch_seconds: int) -> float:
    """Return every how many seconds processes beat: several times as often as somebody looks."""
    return min(BEAT_SECONDS, watch_seconds / BEATS_A_LOOK)


def beat(session: Session, heart: Heart) -> None:
    """Write that a process is alive."""
    row = {
        "id": heart.id,
        "part": heart.part,
        "host": socket.gethostname()[:LONGEST_HOST],
        "pid": os.getpid(),
        "started_at": heart.started_at,
        "beat_at": clock.now(),
    }
    upsert(session, table_of(Heartbeat), [row], keys=["id"], update=["beat_at"])


def sessions_of(engine: Engine) -> Transaction:
    """Return what gives transactions on an engine, for threads that are in no application context."""

    @contextmanager
    def transaction() -> Iterator[Session]:
        with Session(engine) as session, session.begin():
            yield session

    return transaction


def keep_beating(heart: Heart, transaction: Transaction) -> threading.Thread:
    """Beat on a thread of its own for as long as the process lives."""
    stop = threading.Event()

    def beat_on() -> None:
        while True:
            heart.beat_if_due(transaction)
            stop.wait(heart.every)

    thread = threading.Thread(target=beat_on, name="heartbeat", daemon=True)
    thread.start()
    return thread


@dataclass(frozen=True, slots=True)
class PartBeats:
    """How a part is: how many of its processes are alive, when one was last heard of, when the oldest alive began."""

    alive: int
    last_at: datetime | None
    started_at: datetime | None


def parts(session: Session, now: datetime) -> dict[str, PartBeats]:
    """Return how each part is."""
    rows = session.execute(select(Heartbeat.part, Heartbeat.beat_at, Heartbeat.started_at))
    found: dict[str, list[tuple[datetime, datetime]]] = {part: [] for part in PARTS}
    for part, beat_at, started_at in rows:
        if (beat_at - now).total_seconds() > ALIVE_SECONDS:
            continue  # written while a clock was wrong
        found.setdefault(part, []).append((beat_at, started_at))
    return {part: _part(beats, now) for part, beats in found.items()}


def _part(beats: list[tuple[datetime, datetime]], now: datetime) -> PartBeats:
    alive = [started for beat_at, started in beats if (now - beat_at).total_seconds() < ALIVE_SECONDS]
    return PartBeats(len(alive), max((at for at, _ in beats), default=None), min(alive, default=None))
