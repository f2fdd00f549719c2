"""Taking events in: read, checked, stored and counted before the sender is told that they were accepted.

Intake has transactions of its own, and has committed when it answers: what is acknowledged survives the end of any
process. A batch costs one statement, and now and then one more, for what is not known yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy.orm import Session

from webapp.core import clock
from webapp.core.errors import InvalidInputError
from webapp.db.base import table_of
from webapp.db.engine import reading_only
from webapp.db.upsert import upsert
from webapp.events import forwarding, names, queries, reading, storing
from webapp.events.access import reportable, school_of
from webapp.events.models import EventPerson
from webapp.events.reading import Terms
from webapp.events.types import Receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from sqlalchemy import Engine

    from webapp.core.permissions import Viewer
    from webapp.events.names import Kind, Known
    from webapp.events.types import Refusal, Sent

    Kept = Callable[[Session, UUID], timedelta]

KNOWN_FOR: Final = timedelta(seconds=60)
MOST_KNOWN: Final = 10_000


@dataclass(slots=True)
class Home:
    """What is known of a school until a moment: its zone, for how long it keeps events, where they go on to, names."""

    zone: str
    kept: timedelta
    sinks: list[UUID]
    names: Known
    until: datetime


class Intake:
    """Where events go in; one per application and process. `kept` says for how long a school keeps events."""

    def __init__(self, engine: Engine, kept: Kept) -> None:
        """Begin knowing nothing."""
        self._engine = engine
        self._kept = kept
        self._homes: dict[UUID, Home] = {}
        self._people: dict[str, datetime] = {}

    def batch(self, viewer: Viewer, body: bytes) -> Receipt:
        """Take a batch; what is wrong with single events stands in the receipt.

        Raises BadRequestError or InvalidInputError where the body is no batch.
        """
        events, size, refused = reading.parse_batch(body)
        return self._take(viewer, events, size, refused)

    def one(self, viewer: Viewer, body: bytes) -> None:
        """Take one event. Raises BadRequestError or InvalidInputError."""
        self.read(viewer, [reading.parse_one(body)])

    def read(self, viewer: Viewer, events: Sequence[Sent]) -> None:
        """Take events that are checked, all or none. Raises InvalidInputError where one lies at no time to take."""
        receipt = self._take(viewer, list(enumerate(events)), len(events), [], whole=True)
        if receipt.errors:
            raise InvalidInputError(receipt.errors[0].errors)

    def _take(
        self,
        viewer: Viewer,
        events: Sequence[tuple[int, Sent]],
        size: int,
        refused: Sequence[Refusal],
        *,
        whole: bool = False,
    ) -> Receipt:
        school_id, now = school_of(viewer), clock.now()
        home = self._home(school_id, now)
        self._bring_in(viewer, school_id, home, {(event["type"], event["name"]) for _, event in events})
        terms = Terms(viewer, home.zone, now, home.kept, home.names)
        ready, late, accepted = reading.prepare(events, terms, self._reportable(viewer, events))
        errors = sorted((*refused, *late), key=lambda refusal: refusal.index)
        if not (whole and errors):
            self._note_people(school_id, {row.user_id for row in ready.rows}, now)
            storing.store(self._engine, school_id, ready, now, forwarding.rows_for(home.sinks, ready, now))
        return Receipt(size, accepted, len(errors), errors)

    def _home(self, school_id: UUID, now: datetime) -> Home:
        found = self._homes.get(school_id)
        if found is None or found.until < now:
            with reading_only(), Session(self._engine) as session:
                zone, kept = queries.school_zone(session, school_id), self._kept(session, school_id)
                sinks, there = forwarding.sinks_of(session, school_id), names.known(session, school_id)
            found = self._homes[school_id] = Home(zone, kept, sinks, there, now + KNOWN_FOR)
        return found

    def _bring_in(self, viewer: Viewer, school_id: UUID, home: Home, wanted: set[Kind]) -> None:
        """Take in names that are new to the school; what there is no room for is refused with its event."""
        by_staff = viewer.is_staff
        if wanted <= home.names.keys() or not names.room(home.names, by_staff=by_staff):
            return
        with Session(self._engine) as session, session.begin():
            home.names = names.admit(session, school_id, wanted, by_staff=by_staff)

    def _reportable(self, viewer: Viewer, events: Sequence[tuple[int, Sent]]) -> set[str]:
        others = reading.mentioned(events) - {str(viewer.user_id)}
        if not others:
            return set()
        with reading_only(), Session(self._engine) as session:
            return reportable(session, viewer, others)

    def _note_people(self, school_id: UUID, user_ids: set[str], now: datetime) -> None:
        new = [user_id for user_id in user_ids if self._people.get(user_id, now) <= now]
        if not new:
            return
        rows = [{"user_id": reading.id_of(user_id), "school_id": school_id} for user_id in sorted(new)]
        with Session(self._engine) as session, session.begin():
            upsert(session, table_of(EventPerson), rows, keys=["user_id"], update=[])
        if len(self._people) > MOST_KNOWN:
            self._people.clear()
        self._people.update(dict.fromkeys(new, now + KNOWN_FOR))
