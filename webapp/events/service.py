"""Counting events for good, deleting one, and letting them go when their time is over or their person is gone."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Uuid, bindparam, delete, exists, func, insert, select, tuple_

from webapp.accounts.models import User
from webapp.core import clock, timezones
from webapp.core.errors import NotFoundError
from webapp.core.permissions import Role
from webapp.db.base import table_of
from webapp.db.bulk import stored_instant
from webapp.db.columns import UtcDateTime
from webapp.db.lists import GivenRows, key_text
from webapp.db.upsert import insert_for
from webapp.events import partitions, queries
from webapp.events.access import school_of
from webapp.events.models import NO_SCHOOL, Event, EventDay, EventDelta, EventHour, EventKey, EventName, EventPerson
from webapp.schools.models import School

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Table
    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer

FOLDED_AT_ONCE: Final = 20_000
DELETED_AT_ONCE: Final = 5_000
AHEAD: Final = timedelta(days=93)
_GONE: Final = GivenRows("gone", school_id=Uuid(), occurred_at=UtcDateTime(), id=Uuid())
_events, _keys = table_of(Event), table_of(EventKey)


def delete_event(session: Session, viewer: Viewer, event_id: UUID) -> None:
    """Delete an event that the viewer may read, and count it no more; its id may be used again.

    Raises NotFoundError.
    """
    found = queries.event(session, viewer, event_id)
    key = delete(EventKey).where(EventKey.id == event_id, EventKey.occurred_at == found.occurred_at)
    if viewer.role is not Role.ADMIN:
        key = key.where(EventKey.school_id == school_of(viewer))
    school_id = session.scalar(key.returning(EventKey.school_id))
    if school_id is None:
        raise NotFoundError
    which = (Event.school_id == school_id, Event.occurred_at == found.occurred_at, Event.id == event_id)
    session.execute(delete(Event).where(*which))
    day, hour = timezones.clock_hour(found.occurred_at, queries.school_zone(session, school_id))
    count = {"school_id": school_id, "day": day, "hour": hour, "type": found.type, "name": found.name, "number": -1}
    session.execute(insert(EventDelta).values(**count))


def fold_counts(session: Session) -> int:
    """Add the oldest changes of counts to those of days and hours; return how many changes went in.

    Reads sum both, so it shows nowhere when this runs.
    """
    oldest = select(EventDelta.id).order_by(EventDelta.id).limit(FOLDED_AT_ONCE).with_for_update(skip_locked=True)
    columns = table_of(EventDelta).c
    gone = delete(table_of(EventDelta)).where(columns.id.in_(oldest.scalar_subquery()))
    days: Counter[tuple[Any, ...]] = Counter()
    hours: Counter[tuple[Any, ...]] = Counter()
    folded = session.connection().execute(gone.returning(*columns)).all()
    for row in folded:
        days[row.school_id, row.day, row.type, row.name] += row.number
        hours[row.school_id, row.hour, row.type, row.name] += row.number
    _add(session, table_of(EventDay), ("school_id", "day", "type", "name"), days)
    _add(session, table_of(EventHour), ("school_id", "hour", "type", "name"), hours)
    return len(folded)


def make_months(session: Session, kept: timedelta) -> int:
    """Make the partitions that events can fall into from now on; return how many were made."""
    if not partitions.is_partitioned(session):
        return 0
    today = clock.now().date()
    return partitions.make_months(session, today - kept, today + AHEAD)


def count_old(session: Session, kept: timedelta) -> int:
    """Return how many events are too old to be kept; on PostgreSQL they go when their whole month is."""
    before = clock.now() - kept
    return session.scalar(select(func.count()).select_from(Event).where(Event.occurred_at < before)) or 0


def drop_old(session: Session, kept: timedelta) -> int:
    """Let go of months, or of a batch, of events that are too old, with their keys; return how many rows went."""
    before = clock.now() - kept
    if not partitions.is_partitioned(session):
        return _delete_keyed(session, before, with_events=True)
    months = partitions.drop_months(session, before)
    # Nothing more while the table is locked: the keys go in transactions of their own.
    return sum(months.values()) or _delete_keyed(session, before, with_events=False)


def forget_gone(session: Session) -> int:
    """Delete a batch of the events of people, and the counts of schools, that are no longer there.

    Returns how many rows went; 0 says that there are no more.
    """
    still = exists().where(User.id == EventPerson.user_id)
    person = session.scalar(select(EventPerson.user_id).where(~still).order_by(EventPerson.user_id).limit(1))
    if person is None:
        return _forget_schools(session)
    theirs = select(Event.school_id, Event.occurred_at, Event.id).where(Event.user_id == person)
    batch = session.execute(theirs.order_by(Event.occurred_at).limit(DELETED_AT_ONCE)).all()
    _delete(session, [tuple(row) for row in batch], with_events=True)
    if batch:
        return len(batch)
    session.execute(delete(EventPerson).where(EventPerson.user_id == person))
    return 1


def _delete_keyed(session: Session, before: datetime, *, with_events: bool) -> int:
    old = select(EventKey.school_id, EventKey.occurred_at, EventKey.id).where(EventKey.occurred_at < before)
    batch = session.execute(old.limit(DELETED_AT_ONCE)).all()
    _delete(session, [tuple(row) for row in batch], with_events=with_events)
    return len(batch)


def _delete(session: Session, batch: list[tuple[Any, ...]], *, with_events: bool) -> None:
    if not batch:
        return
    if not partitions.is_partitioned(session):  # where each is found by its key; a list would be held against all rows
        _delete_one_by_one(session, batch, with_events=with_events)
        return
    dialect = session.get_bind().dialect.name
    places = [
        [key_text(dialect, school_id), stored_instant(dialect, at), key_text(dialect, event_id)]
        for school_id, at, event_id in batch
    ]
    gone, values = _GONE.table(dialect), _GONE.parameters(dialect, places)
    by_key = tuple_(_keys.c.id, _keys.c.school_id).in_(select(gone.c.id, gone.c.school_id))
    session.connection().execute(delete(_keys).where(by_key), values)
    if with_events:
        place = tuple_(_events.c.school_id, _events.c.occurred_at, _events.c.id)
        theirs = select(gone.c.school_id, gone.c.occurred_at, gone.c.id)
        session.connection().execute(delete(_events).where(place.in_(theirs)), values)


def _delete_one_by_one(session: Session, batch: list[tuple[Any, ...]], *, with_events: bool) -> None:
    places = [{"school": school_id, "at": at, "key": event_id} for school_id, at, event_id in batch]
    by_key = (_keys.c.id == bindparam("key"), _keys.c.school_id == bindparam("school"))
    session.connection().execute(delete(_keys).where(*by_key), places)
    if with_events:
        place = (_events.c.school_id == bindparam("school"), _events.c.occurred_at == bindparam("at"))
        session.connection().execute(delete(_events).where(*place, _events.c.id == bindparam("key")), places)


def _forget_schools(session: Session) -> int:
    gone = 0
    for model in (EventDay, EventHour, EventDelta, EventName):
        still = exists().where(School.id == model.school_id)
        lost = delete(model).where(model.school_id != NO_SCHOOL, ~still)
        gone += len(session.execute(lost.returning(model.school_id)).all())
    return gone


def _add(session: Session, table: Table, keys: tuple[str, ...], numbers: Counter[tuple[Any, ...]]) -> None:
    rows = [dict(zip((*keys, "number"), (*key, number), strict=True)) for key, number in sorted(numbers.items())]
    if rows:
        statement = insert_for(session, table)
        total = {"number": table.c.number + statement.excluded.number}
        session.execute(statement.on_conflict_do_update(index_elements=list(keys), set_=total), rows)
