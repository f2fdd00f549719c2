"""How the goals that came from offers stand, for all students of a class at once; as each one's own page says."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, Integer, Uuid, and_, func, select

from webapp.accounts.models import User
from webapp.core.timezones import is_zone, range_bounds
from webapp.db.base import table_of
from webapp.db.lists import GivenRows, key_text
from webapp.db.sql import greatest, instant_of_minutes, least, minutes_between
from webapp.goals import rules
from webapp.goals.models import Goal
from webapp.goals.pace import Pace
from webapp.goals.queries.standings import Counted, Question, standings
from webapp.goals.slicing import Slicing
from webapp.planner.models import Slot, Task, TaskStatus
from webapp.planner.queries import LONGEST
from webapp.rest.calendar import Rest
from webapp.rest.models import DayOff
from webapp.rest.queries import holidays, terms
from webapp.rest.types import Span
from webapp.rollups.days import minute_of
from webapp.rollups.rebuild import DEFAULT_ZONE, Owner
from webapp.schools.models import School

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from webapp.goals.types import GoalStatus

_MINUTES_OF_THE_LONGEST: Final = int(LONGEST.total_seconds()) // 60
_slots, _tasks = table_of(Slot), table_of(Task)
_GOAL: Final[tuple[Any, ...]] = (
    *(Goal.id, Goal.user_id, Goal.offer_id, Goal.target_type, Goal.target_value, Goal.time_period),
    func.coalesce(User.time_zone, School.time_zone, DEFAULT_ZONE).label("zone"),
    func.coalesce(School.week_start, 0).label("week_start"),
)
_SPANS: Final = GivenRows("spans", user_id=Uuid(), reach=BigInteger(), first=BigInteger(), past=BigInteger())


def statuses_of(
    session: Session, school_id: UUID, offers: Sequence[UUID], students: Collection[UUID], now: datetime
) -> dict[tuple[UUID, UUID], GoalStatus]:
    """Return the status of each goal in use that one of the students made from one of the offers, by offer and student.

    All are of one school. The same few statements for any number.
    """
    rows = [row for row in session.execute(_goals_from(offers)) if row.user_id in students]
    if not rows:
        return {}
    dialect = session.get_bind().dialect.name
    slicings = {row.id: _slicing(row, now) for row in rows}
    owners = {row.id: Owner(key_text(dialect, row.user_id), slicings[row.id].zone, None) for row in rows}
    periods = {row.id: slicings[row.id].running(row.time_period) for row in rows}
    questions = [
        Question(Counted(row.id, owners[row.id].key, row.target_type, None), periods[row.id], row.target_value)
        for row in rows
    ]
    answers = standings(session, {owner.key: owner for owner in owners.values()}, questions, now)
    bounds = [range_bounds(slicings[row.id].zone, periods[row.id].first, periods[row.id].last) for row in rows]
    planned = _planned(session, [owners[row.id].key for row in rows], bounds, now)
    rest = _rest(session, school_id, {row.user_id for row in rows})
    return {
        (row.offer_id, row.user_id): rules.status(
            standing, Pace(slicings[row.id].zone, periods[row.id], rest[row.user_id]).passed(now), ahead, over=False
        )
        for row, standing, ahead in zip(rows, answers, planned, strict=True)
    }


def _goals_from(offers: Sequence[UUID]) -> Select[Any]:
    return (
        select(*_GOAL)
        .join(User, User.id == Goal.user_id)
        .outerjoin(School, School.id == User.school_id)
        .where(Goal.offer_id.in_(offers), Goal.active)
    )


def _slicing(row: Any, now: datetime) -> Slicing:
    return Slicing.at(row.zone if is_zone(row.zone) else DEFAULT_ZONE, row.week_start, now)


def _planned(
    session: Session, keys: Sequence[str], bounds: Sequence[tuple[datetime, datetime]], now: datetime
) -> list[int]:
    """Return the minutes that each person still has planned within their bounds, in order; one statement."""
    dialect, minute = session.get_bind().dialect.name, minute_of(now)
    firsts = [max(minute, minute_of(start)) for start, _ in bounds]
    rows = [
        (key, first - _MINUTES_OF_THE_LONGEST, first, max(first, minute_of(end)))
        for key, first, (_, end) in zip(keys, firsts, bounds, strict=True)
    ]
    found: dict[int, int] = dict(session.execute(_planned_in(dialect), _SPANS.parameters(dialect, rows)).all())
    return [found.get(place, 0) for place in range(len(rows))]


def _planned_in(dialect: str) -> Select[Any]:
    given = _SPANS.table(dialect).c
    moments = (instant_of_minutes(given[name]).label(name) for name in ("reach", "first", "past"))
    span = select(given.place, given.user_id, *moments).cte("span")
    length = minutes_between(greatest(_slots.c.starts_at, span.c.first), least(_slots.c.ends_at, span.c.past))
    inside = and_(
        *(_slots.c.user_id == span.c.user_id, _slots.c.starts_at > span.c.reach),
        *(_slots.c.starts_at < span.c.past, _slots.c.ends_at > span.c.first, _slots.c.missed.is_(False)),
    )
    return (
        select(span.c.place, func.sum(length, type_=Integer()))
        .select_from(span.join(_slots, inside).join(_tasks, _tasks.c.id == _slots.c.task_id))
        .where(_tasks.c.status != TaskStatus.CANCELLED)
        .group_by(span.c.place)
    )


def _rest(session: Session, school_id: UUID, people: Collection[UUID]) -> Mapping[UUID, Rest]:
    """Return the rest of each person of a school; three statements."""
    closed = [Span(row.starts_on, row.ends_on) for row in holidays(session, school_id)]
    taught = [Span(row.starts_on, row.ends_on) for row in terms(session, school_id)]
    off: dict[UUID, list[Span]] = defaultdict(list)
    columns = select(DayOff.user_id, DayOff.local_date).where(DayOff.user_id.in_(people))
    for user_id, day in session.execute(columns):
        off[user_id].append(Span(day, day))
    return {user_id: Rest(off=[*closed, *off[user_id]], terms=taught) for user_id in people}
