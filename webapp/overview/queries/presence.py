"""Who was there: distinct people over any range of dates, and enrolments whose student was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import BigInteger, Date, Integer, and_, case, cast, exists, func, literal, or_, select

from webapp.accounts.models import User
from webapp.activity.models import ActivityDay
from webapp.classes.access import not_ended
from webapp.classes.models import ClassGroup, Enrolment
from webapp.db.base import table_of
from webapp.db.sql import greatest, least
from webapp.overview.models import OverviewReturn, OverviewSchool
from webapp.overview.queries.enrolled import enrolments_between

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from webapp.core.periods import DateRange
    from webapp.overview.queries.sums import Reading
    from webapp.overview.scopes import Scope

_return = table_of(OverviewReturn).c


class Presence(NamedTuple):
    """Over a range: everyone who was active; of students with an active account and of enrolments how many, of all.

    `people` are those behind the figures, `strangers` those of them whom a teacher of the classes does not teach now.
    """

    active_people: int
    active_students: int
    students: int
    active_enrolments: int
    enrolments: int
    people: int = 0
    strangers: int = 0


def presence(reading: Reading, dates: DateRange) -> Presence:
    """Return who was there on a range within the span of the reading; three statements at most."""
    scope = reading.scope
    if scope.student_id is not None:
        return _own(reading.session, scope, dates)
    if scope.class_ids is not None:
        return _of_classes(reading.session, scope, dates)
    return _of_school(reading, dates)


def students_total(reading: Reading) -> int:
    """Return the students with an active account: of the school, or enrolled today in the classes of the scope."""
    scope = reading.scope
    if scope.student_id is not None:
        return 1
    if scope.class_ids is None:
        kept = reading.session.scalar(
            select(OverviewSchool.students).where(OverviewSchool.school_id == scope.school_id)
        )
        return (kept or 0) + reading.pending.sums.schools.get((scope.school_id,), [0])[0]
    holds = and_(or_(Enrolment.begins_on.is_(None), Enrolment.begins_on <= scope.today), not_ended(scope.today))
    counted = select(func.count(Enrolment.user_id.distinct())).join(User, User.id == Enrolment.user_id)
    return reading.session.scalar(counted.where(Enrolment.class_id.in_(scope.class_ids), holds, User.active)) or 0


def _of_school(reading: Reading, dates: DateRange) -> Presence:
    names = ("people", "students", "enrolments")
    first_time = (_return.day.between(dates.first, dates.last), _return.previous_day < dates.first)
    sums = (cast(func.coalesce(func.sum(_return[name]), 0), BigInteger) for name in names)
    row = reading.session.execute(select(*sums).where(_return.school_id == reading.scope.school_id, *first_time)).one()
    found = list(row)
    for (school_id, day, previous), values in reading.pending.sums.returns.items():
        if school_id == reading.scope.school_id and day in dates and previous < dates.first:
            found = [mine + more for mine, more in zip(found, values, strict=True)]
    people, students, enrolments = found
    return Presence(people, students, students_total(reading), enrolments, enrolments_between(reading, dates))


def _of_classes(session: Session, scope: Scope, dates: DateRange) -> Presence:
    """Look at each enrolment that is in force on a date of the range: one seek by key for each."""
    opens, closes = within(dates.first, dates.last)
    was_there = exists().where(ActivityDay.user_id == Enrolment.user_id, ActivityDay.day.between(opens, closes))
    taught = and_(not_ended(scope.today), ClassGroup.archived_at.is_(None))
    rows = (
        select(
            Enrolment.user_id,
            cast(case((was_there, 1), else_=0), Integer).label("there"),
            cast(case((User.active, 1), else_=0), Integer).label("account"),
            cast(case((taught, 1), else_=0), Integer).label("taught"),
        )
        .join(User, User.id == Enrolment.user_id)
        .join(ClassGroup, ClassGroup.id == Enrolment.class_id)
        .where(Enrolment.class_id.in_(scope.class_ids or ()), *overlapping(dates.first, dates.last))
        .cte("rows")
    )
    people = (
        select(
            func.max(rows.c.there).label("there"),
            func.max(rows.c.account).label("account"),
            func.max(rows.c.taught).label("taught"),
            func.count().label("enrolments"),
            cast(func.sum(rows.c.there), BigInteger).label("enrolments_there"),
        )
        .group_by(rows.c.user_id)
        .cte("people")
    )
    found = session.execute(
        select(
            *(_sum(each) for each in (people.c.there, people.c.there * people.c.account, people.c.account)),
            *(_sum(each) for each in (people.c.enrolments_there, people.c.enrolments)),
            func.count(),
            _sum(1 - people.c.taught),
        ).select_from(people)
    ).one()
    return Presence._make(found)


def _own(session: Session, scope: Scope, dates: DateRange) -> Presence:
    active = select(ActivityDay.day).where(
        ActivityDay.user_id == scope.student_id, ActivityDay.day.between(dates.first, dates.last)
    )
    mine = Enrolment.user_id == scope.student_id
    conditions = [mine, *overlapping(dates.first, dates.last)]
    if scope.class_ids is not None:
        conditions.append(Enrolment.class_id.in_(scope.class_ids))
    days = list(session.scalars(active))
    spans = session.execute(select(Enrolment.begins_on, Enrolment.ends_on).where(*conditions)).all()
    there = sum(any((not b or b <= day) and (not e or day <= e) for day in days) for b, e in spans)
    return Presence(int(bool(days)), int(bool(days)), 1, there, len(spans), people=1)


def overlapping(first: date, last: date) -> tuple[Any, ...]:
    """Return the conditions on `Enrolment` that it is in force on a date from first to last."""
    return (or_(Enrolment.begins_on.is_(None), Enrolment.begins_on <= last), not_ended(first))


def within(first: date, last: date) -> tuple[Any, Any]:
    """Return the dates from first to last on which an `Enrolment` is in force, as its first and last."""
    begins, ends = literal(first, Date()), literal(last, Date())
    return greatest(func.coalesce(Enrolment.begins_on, begins), begins), least(
        func.coalesce(Enrolment.ends_on, ends), ends
    )


def _sum(what: Any) -> Any:
    return cast(func.coalesce(func.sum(what), 0), BigInteger)
