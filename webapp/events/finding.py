"""Finding the newest events of some people, or of a kind, without walking past those of everybody else.

A school has millions of events, and those that are asked for may be few and long ago. People are asked one by one, each
by index for as many events as a page shows; of a kind, the counts of hours say where to look.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import UnaryExpression, func, literal, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql.operators import custom_op

from webapp.core.cursors import LATEST, place_of
from webapp.core.instants import placed
from webapp.db.bulk import stored_instant
from webapp.db.columns import EPOCH, UtcDateTime
from webapp.db.lists import POSTGRESQL, GivenRows
from webapp.events.models import Event, EventDelta, EventHour

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.events.types import EventFilter

    Conditions = Callable[[Any], Iterable[ColumnElement[bool]]]

HOUR: Final = timedelta(hours=1)
_SPANS: Final = GivenRows("spans", begins=UtcDateTime(), ends=UtcDateTime())


@dataclass(frozen=True, slots=True)
class Spans:
    """Stretches of time that do not overlap; `all_of_them` says that what is sought is nowhere else."""

    stretches: list[tuple[datetime, datetime]]
    all_of_them: bool


def of_people(
    session: Session,
    statement: Select[Any],
    people: Select[Any],
    school_id: UUID,
    conditions: Conditions,
    number: int,
) -> Select[Any]:
    """Narrow to those events of each person at a school that can be among the newest so many of all of them."""
    each = aliased(Event)
    walked = session.get_bind().dialect.name == POSTGRESQL
    whose = people.subquery("whose")
    newest = select(each.occurred_at).where(each.user_id == whose.c.user_id, _at(each, school_id, walked=walked))
    newest = newest.where(*conditions(each)).order_by(each.occurred_at.desc())
    last = newest.offset(number - 1).limit(1).scalar_subquery()
    since = select(whose.c.user_id, func.coalesce(last, literal(EPOCH, UtcDateTime())).label("since")).subquery("since")
    joined = statement.join(since, since.c.user_id == Event.user_id)
    here = _at(Event, school_id, walked=walked)
    return joined.where(Event.occurred_at >= since.c.since, here, *conditions(Event))


def _at(table: Any, school_id: UUID, *, walked: bool) -> ColumnElement[bool]:
    """Return the condition that events are of a school; the sign has SQLite find them by person, as it is meant."""
    column: Any = table.school_id
    if not walked:
        column = UnaryExpression(column, operator=custom_op("+"), type_=column.type)
    same: ColumnElement[bool] = column == school_id
    return same


def of_kind(session: Session, viewer: Viewer, school_id: UUID, filters: EventFilter, number: int) -> Spans:
    """Return where the newest so many events of a type and name are, as far as none of the senders is gone."""
    start, until = _bounds(viewer, filters)
    counted: Counter[datetime] = Counter()
    known_from = start
    for table in (EventHour, EventDelta):
        rows = session.execute(_hours(table, school_id, filters, start, until).limit(number + 1)).all()
        for hour, count in rows:
            counted[hour] += count
        if len(rows) > number:
            known_from = max(known_from, rows[-1].hour)
    hours = sorted((hour for hour, count in counted.items() if count > 0 and hour >= known_from), reverse=True)
    chosen = _enough(hours, counted, until, number)
    return Spans(_stretches(chosen), all_of_them=known_from == start and len(chosen) == len(hours))


def within(session: Session, statement: Select[Any], spans: Spans) -> tuple[Select[Any], dict[str, Any]]:
    """Narrow to stretches of time; return the values that the statement needs, too."""
    dialect = session.get_bind().dialect.name
    given = _SPANS.table(dialect)
    inside = (Event.occurred_at >= given.c.begins) & (Event.occurred_at < given.c.ends)
    rows = [[stored_instant(dialect, begins), stored_instant(dialect, ends)] for begins, ends in spans.stretches]
    return statement.join(given, inside), _SPANS.parameters(dialect, rows)


def _bounds(viewer: Viewer, filters: EventFilter) -> tuple[datetime, datetime]:
    """Return from when on, and until when, events are asked for; the end is inclusive."""
    ends = [LATEST]
    if filters.cursor:
        ends.append(place_of(filters.cursor)[0])
    if filters.end is not None:
        ends.append(placed(filters.end, viewer.zone, "end"))
    return placed(filters.start, viewer.zone, "start") if filters.start is not None else EPOCH, min(ends)


def _hours(
    table: type[EventHour | EventDelta], school_id: UUID, filters: EventFilter, start: datetime, until: datetime
) -> Select[Any]:
    """Return the statement of the hours in which there were such events, newest first, and how many."""
    number = func.sum(table.number)
    columns: tuple[Any, ...] = (table.hour, number)
    statement = select(*columns).where(table.school_id == school_id, table.hour <= until)
    if start > EPOCH:
        statement = statement.where(table.hour > start - HOUR)
    if filters.type is not None:
        statement = statement.where(table.type == filters.type.value)
    if filters.name is not None:
        statement = statement.where(table.name == filters.name)
    return statement.group_by(table.hour).having(number != 0).order_by(table.hour.desc())


def _enough(hours: list[datetime], counted: Mapping[datetime, int], until: datetime, number: int) -> list[datetime]:
    """Return the newest hours that hold so many; of the one that is cut off at its end nothing is counted."""
    found = 0
    for place, hour in enumerate(hours):
        found += counted[hour] if hour + HOUR <= until else 0
        if found >= number:
            return hours[: place + 1]
    return hours


def _stretches(hours: list[datetime]) -> list[tuple[datetime, datetime]]:
    """Return hours as stretches that do not overlap: those of a zone that was changed may."""
    found: list[tuple[datetime, datetime]] = []
    for hour in sorted(hours):
        if found and hour <= found[-1][1]:
            found[-1] = (found[-1][0], hour + HOUR)
        else:
            found.append((hour, hour + HOUR))
    return found
