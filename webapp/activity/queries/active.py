"""Who was active when, for the figures of a school or a class. METRICS.md "School, class and engagement".

Dates are those of the school. The caller has made sure that the viewer may see the school or the class. Figures
lack what was done in the last two seconds at most: activity is written by a thread beside the requests.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, cast, func, select

from webapp.accounts.models import User
from webapp.activity.models import (
    ActivityDay,
    ActivityEvent,
    ActivityLast,
    ActivitySchoolDay,
)
from webapp.activity.types import ActivityRow, DayActivity
from webapp.classes.access import in_force
from webapp.classes.models import Enrolment
from webapp.core import clock
from webapp.core.periods import last_days

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from webapp.core.periods import DateRange
    from webapp.core.permissions import Role

SEEN_WITHIN: Final = timedelta(minutes=5)
LAST_ACTIVITIES: Final = 10
_ROW: Final[tuple[Any, ...]] = (
    *(ActivityEvent.id, ActivityEvent.user_id, User.first_name, User.last_name, User.email, ActivityEvent.school_id),
    *(ActivityEvent.type, ActivityEvent.name, ActivityEvent.occurred_at, ActivityEvent.status),
    *(ActivityEvent.details, ActivityEvent.address, ActivityEvent.user_agent),
)


def active_people(session: Session, school_id: UUID, dates: DateRange, *, class_id: UUID | None = None) -> set[UUID]:
    """Return everyone who was active on one of the dates, of the school or of those enrolled in the class."""
    statement = select(ActivityDay.user_id).distinct()
    return set(session.scalars(_of_days(statement, school_id, dates, class_id)))


def count_active(
    session: Session, school_id: UUID, dates: DateRange, *, class_id: UUID | None = None, role: Role | None = None
) -> int:
    """Return how many people were active on one of the dates; those of a role with an active account where given.

    A range that reaches to the newest date is read from who was last active when; any other from its days.
    """
    whose: Any = ActivityDay.user_id
    statement = _of_days(select(func.count(whose.distinct())), school_id, dates, class_id)
    if _reaches_to_the_newest(session, school_id, dates.last):
        whose = ActivityLast.user_id
        statement = select(func.count(whose)).where(ActivityLast.day >= dates.first)
        statement = _of(statement, ActivityLast, school_id, class_id, dates.last)
    if role is not None:
        statement = statement.join(User, User.id == whose).where(User.role == role, User.active)
    return session.scalar(statement) or 0


def last_active_days(session: Session, school_id: UUID, class_id: UUID | None = None) -> dict[UUID, date]:
    """Return the newest date on which each person of the school, or of the class, was active; who never was is missing.

    For a whole school that is a row for each person: ask by class, or in a job.
    """
    columns: tuple[Any, ...] = (ActivityLast.user_id, ActivityLast.day)
    statement = select(*columns)
    statement = _of(statement, ActivityLast, school_id, class_id, clock.now().date())
    return {row.user_id: row.day for row in session.execute(statement)}


def active_days_of(session: Session, user_ids: list[UUID], dates: DateRange) -> dict[UUID, list[date]]:
    """Return, in order, the dates on which each of the people was active; who was not is missing."""
    statement = (
        select(ActivityDay.user_id, ActivityDay.day)
        .where(ActivityDay.user_id.in_(user_ids), ActivityDay.day.between(dates.first, dates.last))
        .order_by(ActivityDay.user_id, ActivityDay.day)
    )
    found: dict[UUID, list[date]] = {}
    for user_id, day in session.execute(statement):
        found.setdefault(user_id, []).append(day)
    return found


def daily_activity(
    session: Session, school_id: UUID, dates: DateRange, *, class_id: UUID | None = None
) -> list[DayActivity]:
    """Return `dau` and `activities` of every date, zeros included.

    Narrowed to a class they are those of the people who are enrolled in it on the last of the dates.
    """
    columns: tuple[Any, ...] = (ActivitySchoolDay.day, ActivitySchoolDay.people, ActivitySchoolDay.activities)
    statement = select(*columns)
    statement = statement.where(
        ActivitySchoolDay.school_id == school_id, ActivitySchoolDay.day.between(dates.first, dates.last)
    )
    if class_id is not None:
        figures: tuple[Any, ...] = (ActivityDay.day, func.count(), cast(func.sum(ActivityDay.activities), BigInteger))
        statement = _of_days(select(*figures), school_id, dates, class_id).group_by(ActivityDay.day)
    found = {row[0]: DayActivity(*row) for row in session.execute(statement)}
    return [found.get(day) or DayActivity(day, 0, 0) for day in dates]


def active_now(session: Session, school_id: UUID, *, class_id: UUID | None = None) -> int:
    """Return how many people opened a page in the last five minutes."""
    since = clock.now() - SEEN_WITHIN
    statement = select(func.count(ActivityLast.user_id)).where(ActivityLast.seen_at > since)
    return session.scalar(_of(statement, ActivityLast, school_id, class_id, since.date())) or 0


def activities_on(session: Session, school_id: UUID, day: date, *, class_id: UUID | None = None) -> int:
    """Return the number of activities on one date, such as today."""
    return daily_activity(session, school_id, last_days(day, 1), class_id=class_id)[0].activities


def last_activities(
    session: Session,
    school_id: UUID,
    *,
    class_id: UUID | None = None,
    user_id: UUID | None = None,
    limit: int = LAST_ACTIVITIES,
) -> list[ActivityRow]:
    """Return the newest activities, newest first, without addresses; of a class, or of one person, where given."""
    statement = rows()
    if user_id is not None:
        statement = statement.where(ActivityEvent.user_id == user_id)
    elif class_id is not None:
        statement = statement.where(*_newest_of_class(session, class_id, limit))
    else:
        statement = statement.where(ActivityEvent.school_id == school_id)
    newest = statement.order_by(ActivityEvent.occurred_at.desc(), ActivityEvent.id.desc()).limit(limit)
    return [row_of(row, with_address=False) for row in session.execute(newest)]


def row_of(row: Any, *, with_address: bool) -> ActivityRow:
    """Return an activity of a statement that selects what lists show."""
    event_id, user_id, first, last, email, *rest = row
    found = ActivityRow(event_id, user_id, f"{first} {last}".strip() or email, *rest)
    return found if with_address else replace(found, address=None)


def rows() -> Select[Any]:
    """Return the statement of all activities with the people behind them, for `row_of`."""
    return select(*_ROW).join(User, User.id == ActivityEvent.user_id)


def _of_days(statement: Select[Any], school_id: UUID, dates: DateRange, class_id: UUID | None) -> Select[Any]:
    statement = statement.where(ActivityDay.day.between(dates.first, dates.last))
    return _of(statement, ActivityDay, school_id, class_id, dates.last)


def _of(statement: Select[Any], model: Any, school_id: UUID, class_id: UUID | None, on: date) -> Select[Any]:
    """Narrow to a school, or to those enrolled in one of its classes on a date; then each is found by their key."""
    if class_id is None:
        return statement.where(model.school_id == school_id)
    return statement.where(model.user_id.in_(_enrolled(class_id, on)))


def _enrolled(class_id: UUID, on: date) -> Select[Any]:
    return select(Enrolment.user_id).where(Enrolment.class_id == class_id, in_force(on))


def _reaches_to_the_newest(session: Session, school_id: UUID, last: date) -> bool:
    found = session.scalar(select(func.max(ActivityLast.day)).where(ActivityLast.school_id == school_id))
    return found is None or last >= found


def _newest_of_class(session: Session, class_id: UUID, limit: int) -> tuple[ColumnElement[bool], ...]:
    """Return what holds of the newest activities of a class.

    They are those of as many people at most, the last who did something, and not older than the first of these.
    """
    statement = select(ActivityLast.user_id, ActivityLast.acted_at).where(
        ActivityLast.user_id.in_(_enrolled(class_id, clock.now().date())), ActivityLast.acted_at.is_not(None)
    )
    people = session.execute(statement.order_by(ActivityLast.acted_at.desc()).limit(limit)).all()
    theirs = ActivityEvent.user_id.in_([user_id for user_id, _ in people])
    return (theirs, ActivityEvent.occurred_at >= people[-1][1]) if len(people) == limit else (theirs,)
