"""When students were last there, and on how many dates (docs/metrics.md, "At risk", `active`).

A student was active on a date on which Milepost noted an activity of theirs, or to which finished work of theirs
belongs: what was brought in from elsewhere has no activity, but it was done.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Date, Integer, Uuid, bindparam, cast, func, literal_column, null, select, union_all

from webapp.activity.models import ActivityDay
from webapp.at_risk.scoring import WINDOW_DAYS
from webapp.core.timezones import day_start, local_date
from webapp.db.columns import UtcDateTime
from webapp.db.prepared import Prepared
from webapp.learning.models import Attempt, LessonProgress
from webapp.planner.models import Task

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import CompoundSelect, Select
    from sqlalchemy.orm import Session


class Presence(NamedTuple):
    """The last active date of a student, and how many were among the last 14 dates and the 14 before them."""

    last: date | None = None
    recent: int = 0
    before: int = 0


NOBODY = Presence()


def presence(session: Session, people: Select[UUID], zone: str, on: date) -> dict[UUID, Presence]:
    """Return when each of some people was active up to a date of their school; four statements.

    Those who never were are missing. `people` selects ids.
    """
    dates = active_dates(session, people, zone, on - timedelta(days=2 * WINDOW_DAYS), on)
    last = last_active(session, people, zone, on)
    return {user_id: _presence(dates.get(user_id, ()), day, on) for user_id, day in last.items()}


def active_dates(session: Session, people: Select[UUID], zone: str, first: date, last: date) -> dict[UUID, set[date]]:
    """Return the dates of a range, both inclusive, on which each of some people was active; two statements."""
    begin, end = day_start(zone, first), day_start(zone, last + timedelta(days=1))
    noted = select(ActivityDay.user_id, ActivityDay.day)
    found: dict[UUID, set[date]] = defaultdict(set)
    for user_id, day in session.execute(
        noted.where(ActivityDay.user_id.in_(people), ActivityDay.day.between(first, last))
    ):
        found[user_id].add(day)
    for user_id, instant in session.execute(_work(people, begin, end)):
        found[user_id].add(local_date(instant, zone))
    return found


def _presence(dates: Iterable[date], last: date, on: date) -> Presence:
    middle = on - timedelta(days=WINDOW_DAYS)
    past = [day for day in dates if day < on]
    recent = sum(day >= middle for day in past)
    return Presence(last, recent, len(past) - recent)


def last_active(session: Session, people: Select[UUID], zone: str, on: date) -> dict[UUID, date]:
    """Return the newest date up to `on` on which each of some people was active; two statements."""
    noted = select(ActivityDay.user_id, func.max(ActivityDay.day)).group_by(ActivityDay.user_id)
    found: dict[UUID, date] = dict(
        session.execute(noted.where(ActivityDay.user_id.in_(people), ActivityDay.day <= on)).all()
    )
    for user_id, instant in session.execute(_newest(people, day_start(zone, on + timedelta(days=1)))):
        day = local_date(instant, zone)
        found[user_id] = max(day, found.get(user_id, day))
    return found


def days_of(session: Session, user_id: UUID, zone: str, first: date, last: date) -> tuple[set[date], date | None]:
    """Return the dates of a range on which one person was active, and the newest such up to its end; one statement."""
    begin, end = day_start(zone, first), day_start(zone, last + timedelta(days=1))
    values = {"user": user_id, "first": first, "last": last, "begin": begin, "end": end}
    found = [
        (newest, day or local_date(moment, zone))
        for newest, day, moment in _ONE.within(session, values)
        if day or moment
    ]
    return {day for newest, day in found if not newest}, max((day for _, day in found), default=None)


def _work(people: Select[UUID], begin: datetime, end: datetime) -> CompoundSelect[Any]:
    return union_all(
        *(select(user, moment).where(user.in_(people), moment >= begin, moment < end) for user, moment in _DONE)
    )


def _newest(people: Select[UUID], end: datetime) -> CompoundSelect[Any]:
    return union_all(
        *(select(user, func.max(moment)).where(user.in_(people), moment < end).group_by(user) for user, moment in _DONE)
    )


_DONE: tuple[tuple[Any, Any], ...] = (
    (Attempt.user_id, Attempt.submitted_at),
    (LessonProgress.user_id, LessonProgress.completed_at),
    (Task.user_id, Task.completed_at),
)


def _of_one() -> CompoundSelect[Any]:
    """Return the dates and instants of one person: those of the range, and the newest of each kind."""
    day, instant = cast(null(), Date()), cast(null(), UtcDateTime())
    first, last = bindparam("first", type_=Date()), bindparam("last", type_=Date())
    begin, end = bindparam("begin", type_=UtcDateTime()), bindparam("end", type_=UtcDateTime())
    user: Any = bindparam("user", type_=Uuid())
    mine, on = ActivityDay.user_id == user, ActivityDay.day
    some, newest = literal_column("0", Integer()), literal_column("1", Integer())
    parts: list[Any] = [
        select(some, on, instant).where(mine, on.between(first, last)),
        select(newest, func.max(on), instant).where(mine, on <= last),
    ]
    for owner, moment in _DONE:
        parts += [
            select(some, day, moment).where(owner == user, moment >= begin, moment < end),
            select(newest, day, func.max(moment)).where(owner == user, moment < end),
        ]
    return union_all(*parts)


_ONE = Prepared(_of_one())
