"""Taking events in: read, checked, stored and counted before the sender is told that they were accepted.

Intake has transactions of its own, and has committed when it answers: what is acknowledged survives the end of any
process. A batch costs one statement, and now and then one more, for what is not known yet.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy.orm import Session

from webapp.core import clock
from webapp.core.errors import InvalidInputError
from webapp.db.base import table_of
from webapp.db.engine import reading_only
from webapp.db.upsert import upsert
from webapp.events import forwarding, queries, reading, storing
from webapp.events.access import reportable, school_of
from webapp.events.models import EventPerson
from webapp.events.reading import Terms
from webapp.events.types import Receipt

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Engine

    from webapp.core.permissions import Viewer
    from webapp.events.types import Refusal, Sent

KNOWN_FOR: Final = timedelta(seconds=60)
MOST_KNOWN: Final = 10_000


class Intake:
    """Where events go in; one per application and process. `kept` is for how long events are kept."""

    def __init__(self, engine: Engine, kept: timedelta) -> None:
        """Begin knowing nothing."""
        self._engine = engine
        self._kept = kept
        self._zones: dict[UUID, tuple[str, datetime]] = {}
        self._people: dict[str, datetime] = {}
        self._sinks: dict[UUID, tuple[list[UUID], datetime]] = {}

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
        terms = Terms(viewer, self._zone(school_id, now), now, self._kept)
        ready, late, accepted = reading.prepare(events, terms, self._reportable(viewer, events))
        errors = sorted((*refused, *late), key=lambda refusal: refusal.index)
        if not (whole and errors):
            self._note_people(school_id, {row.user_id for row in ready.rows}, now)
            forwards = forwarding.rows_for(self._forwarded(school_id, now), ready, now)
            storing.store(self._engine, school_id, ready, now, forwards)
        return Receipt(size, accepted, len(errors), errors)

    def _zone(self, school_id: UUID, now: datetime) -> str:
        known = self._zones.get(school_id)
        if known is None or known[1] < now:
            with reading_only(), Session(self._engine) as session:
                known = (queries.school_zone(session, school_id), now + KNOWN_FOR)
            self._zones[school_id] = known
        return known[0]

    def _forwarded(self, school_id: UUID, now: datetime) -> list[UUID]:
        known = self._sinks.get(school_id)
        if known is None or known[1] < now:
            with reading_only(), Session(self._engine) as session:
                known = (forwarding.sinks_of(session, school_id), now + KNOWN_FOR)
            self._sinks[school_id] = known
        return known[0]

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
