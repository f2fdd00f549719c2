"""Reading events and what they add up to. A page of a list costs one statement, and stats cost two."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, cast, func, select

from webapp.accounts.models import User
from webapp.core import clock, timezones
from webapp.core.cursors import cursor_of
from webapp.core.errors import InvalidInputError, NotFoundError
from webapp.core.instants import placed
from webapp.core.periods import DateRange, InvalidPeriodError, last_days
from webapp.core.permissions import Role
from webapp.core.ratios import ratio
from webapp.db.keyset import before
from webapp.events import finding
from webapp.events.access import readable, school_of, within_reach
from webapp.events.models import Event, EventDay, EventDelta, EventHour, EventKey
from webapp.events.types import Count, EventPage, EventRow, Stats
from webapp.schools.models import School

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from uuid import UUID

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.events.types import EventFilter, StatsFilter

USUAL_DAYS: Final = 30
MOST_DAYS_BY_HOUR: Final = 31
MOST_KEYS: Final = 1_000
NO_ZONE: Final = "UTC"
_COLUMNS: Final[tuple[Any, ...]] = (
    *(Event.id, Event.type, Event.name, Event.occurred_at, Event.received_at, Event.user_id),
    *(User.first_name, User.last_name, User.email, Event.session_id, Event.properties),
)


def events(session: Session, viewer: Viewer, filters: EventFilter) -> EventPage:
    """Return a page of the events that the viewer may read, newest first.

    Raises InvalidInputError for a cursor that no page gave, and for instants that do not exist.
    """
    number, school_id = filters.limit + 1, school_of(viewer, filters.school_id)
    if filters.user_id is None and viewer.role is Role.TEACHER:
        asked = partial(_conditions, viewer, filters)
        narrowed = finding.of_people(session, _all(), within_reach(viewer), school_id, asked, number)
        return _page(session, _apart(narrowed), filters)
    statement = _readable(viewer, filters.school_id).where(*_conditions(viewer, filters, Event))
    if filters.user_id is None and viewer.role is not Role.STUDENT and (filters.type or filters.name):
        spans = finding.of_kind(session, viewer, school_id, filters, number)
        inside, values = finding.within(session, statement, spans)
        found = _page(session, _apart(inside), filters, values) if spans.stretches else EventPage([], None)
        if found.cursor is not None or spans.all_of_them:
            return found
    return _page(session, statement, filters)


def event(session: Session, viewer: Viewer, event_id: UUID) -> EventRow:
    """Return an event that the viewer may read, or raise NotFoundError."""
    row = session.execute(_readable_one(session, viewer, event_id)).one_or_none()
    if row is None:
        raise NotFoundError
    return _row(row)


def stats(session: Session, viewer: Viewer, filters: StatsFilter) -> Stats:
    """Return counts of a school's events, deleted ones that were once counted included; for staff."""
    school_id = school_of(viewer, filters.school_id)
    zone = school_zone(session, school_id)
    dates = _dates(filters, zone)
    by_hour = filters.group_by == "hour"
    if by_hour and len(dates) > MOST_DAYS_BY_HOUR:
        raise InvalidInputError.of("start", f"Ask for at most {MOST_DAYS_BY_HOUR} days by the hour.")
    found: Counter[Any] = Counter()
    for table in (EventHour if by_hour else EventDay, EventDelta):
        for key, number in session.execute(_counts(table, filters, school_id, dates, zone)):
            found[key] += number
    numbers = {_key(key, zone): number for key, number in found.items() if number}
    timed = filters.group_by in {"day", "hour"}
    ordered = sorted(numbers.items()) if timed else sorted(numbers.items(), key=lambda item: (-item[1], item[0]))
    total = sum(numbers.values())
    items = [Count(key, number, ratio(number, total) or 0.0) for key, number in ordered[:MOST_KEYS]]
    return Stats(items, total, dates.first, dates.last)


def school_zone(session: Session, school_id: UUID) -> str:
    """Return the zone of a school, UTC where there is none."""
    return session.scalar(select(School.time_zone).where(School.id == school_id)) or NO_ZONE


def _page(
    session: Session, statement: Select[Any], filters: EventFilter, values: Mapping[str, Any] | None = None
) -> EventPage:
    shown = statement.selected_columns
    ordered = statement.order_by(shown.occurred_at.desc(), shown.id.desc()).limit(filters.limit + 1)
    rows = [_row(row) for row in session.execute(ordered, values)]
    page = rows[: filters.limit]
    more = cursor_of(page[-1].occurred_at, page[-1].id) if len(rows) > filters.limit else None
    return EventPage(page, more)


def _apart(statement: Select[Any]) -> Select[Any]:
    """Return what reads the statement's rows before it puts them in order.

    Otherwise a database may walk through all events in that order, in the hope of meeting a page of them soon.
    """
    found = statement.cte("found").prefix_with("MATERIALIZED")
    return select(*found.c)


def _all() -> Select[Any]:
    return select(*_COLUMNS).join(User, User.id == Event.user_id)


def _readable(viewer: Viewer, school_id: UUID | None) -> Select[Any]:
    return _all().where(Event.school_id == school_of(viewer, school_id), readable(viewer))


def _readable_one(session: Session, viewer: Viewer, event_id: UUID) -> Select[Any]:
    keys = select(EventKey.school_id, EventKey.occurred_at).where(EventKey.id == event_id)
    if viewer.role is not Role.ADMIN:
        keys = keys.where(EventKey.school_id == school_of(viewer))
    found = session.execute(keys.limit(1)).one_or_none()
    if found is None:
        raise NotFoundError
    return _readable(viewer, found.school_id).where(Event.occurred_at == found.occurred_at, Event.id == event_id)


def _conditions(viewer: Viewer, filters: EventFilter, table: Any) -> Iterator[ColumnElement[bool]]:
    """Return what is asked of events, as of `table`: the events themselves, or another name for them."""
    if filters.type is not None:
        yield table.type == filters.type.value
    if filters.name is not None:
        yield table.name == filters.name
    if filters.user_id is not None:
        yield table.user_id == filters.user_id
    if filters.start is not None:
        yield table.occurred_at >= placed(filters.start, viewer.zone, "start")
    if filters.end is not None:
        yield table.occurred_at < placed(filters.end, viewer.zone, "end")
    if filters.cursor:
        yield before(table.occurred_at, table.id, filters.cursor)


def _counts(
    table: type[EventDay | EventHour | EventDelta], filters: StatsFilter, school_id: UUID, dates: DateRange, zone: str
) -> Select[Any]:
    key: Any = getattr(table, filters.group_by)
    statement = select(key, cast(func.sum(table.number), BigInteger)).where(table.school_id == school_id)
    if issubclass(table, EventHour):
        begins, ends = timezones.range_bounds(zone, dates.first, dates.last)
        statement = statement.where(EventHour.hour >= begins, EventHour.hour < ends)
    else:
        statement = statement.where(table.day.between(dates.first, dates.last))
    if filters.type is not None:
        statement = statement.where(table.type == filters.type.value)
    return statement.group_by(key)


def _dates(filters: StatsFilter, zone: str) -> DateRange:
    today = timezones.local_date(clock.now(), zone)
    last = filters.end or today
    try:
        return DateRange(filters.start, last) if filters.start else last_days(last, USUAL_DAYS)
    except InvalidPeriodError as error:
        raise InvalidInputError.of("end", str(error)) from error


def _key(key: Any, zone: str) -> str:
    if isinstance(key, datetime):
        return timezones.to_local(key.astimezone(UTC), zone).isoformat(timespec="minutes")
    return str(key)


def _row(row: Any) -> EventRow:
    event_id, kind, name, occurred_at, received_at, user_id, first, last, email, session_id, properties = row
    person = f"{first} {last}".strip() or email
    shown = json.loads(properties)
    return EventRow(event_id, kind, name, occurred_at, received_at, user_id, person, session_id, shown)
