"""How the students of a class take part: dates of activity, minutes and XP of the last 28 dates, student by student.

The caller has loaded the class for the viewer. The same few statements for any number of students, at the cost of
those shown.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, case, cast, func, literal, select

from webapp.accounts.models import User
from webapp.activity.models import ActivityLast
from webapp.at_risk.presence import active_dates, last_active
from webapp.classes.access import in_force
from webapp.classes.models import Enrolment
from webapp.core.paging import Listing
from webapp.core.timezones import day_start, local_date
from webapp.db.columns import UtcDateTime
from webapp.db.sql import greatest, least, minutes_between
from webapp.learning.models import Attempt, LessonProgress
from webapp.planner.models import COUNTING, Slot, Task
from webapp.planner.queries import LONGEST
from webapp.students.queries.matrix import roster
from webapp.students.types import DAYS_SHOWN, EngagementRow
from webapp.xp.models import XpEntry

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from webapp.classes.types import ClassRow
    from webapp.core.paging import Page

Counts = dict["UUID", int]


def engagement(session: Session, row: ClassRow, now: datetime, page: Page) -> Listing[EngagementRow]:
    """Return one page of the students enrolled today, by name, each with the figures of the last 28 dates.

    Dates are the school's, today included; minutes are those that have passed.
    """
    zone = row.school_zone
    today = local_date(now, zone)
    first = today - timedelta(days=DAYS_SHOWN - 1)
    begin = day_start(zone, first)
    found = roster(session, row.id, today, page)
    ids = [user_id for user_id, _ in found.items]
    people = select(User.id).where(User.id.in_(ids))
    dates, last = active_dates(session, people, zone, first, today), last_active(session, people, zone, today)
    planned, missed = _minutes(session, ids, begin, now)
    counts = [_count(session, statement) for statement in _statements(ids, begin, now)]
    lines = [
        EngagementRow(
            user_id,
            name,
            len(dates.get(user_id, ())),
            last.get(user_id),
            planned.get(user_id, 0),
            planned.get(user_id, 0) - missed.get(user_id, 0),
            *(count.get(user_id, 0) for count in counts),
        )
        for user_id, name in found.items
    ]
    return Listing(lines, found.total, found.limit, found.offset)


def active_since(session: Session, class_id: UUID, first: date, today: date) -> int:
    """Return how many of the students enrolled today were active on one of the dates up to it; one statement."""
    here = (Enrolment.class_id == class_id, in_force(today), Enrolment.open_account)
    joined = select(func.count()).select_from(Enrolment).join(ActivityLast, ActivityLast.user_id == Enrolment.user_id)
    return session.execute(joined.where(*here, ActivityLast.day >= first)).scalar_one()


def _count(session: Session, statement: Select[Any]) -> Counts:
    return {row[0]: int(row[1]) for row in session.execute(statement)}


def _statements(ids: Sequence[UUID], begin: datetime, now: datetime) -> tuple[Any, ...]:
    """Return what counts lessons completed, quizzes handed in, and XP."""
    lessons = select(LessonProgress.user_id, func.count()).where(
        LessonProgress.user_id.in_(ids), LessonProgress.completed_at >= begin, LessonProgress.completed_at <= now
    )
    quizzes = select(Attempt.user_id, func.count()).where(
        Attempt.user_id.in_(ids), Attempt.submitted_at >= begin, Attempt.submitted_at <= now
    )
    xp = select(XpEntry.user_id, cast(func.sum(XpEntry.amount), BigInteger)).where(
        XpEntry.user_id.in_(ids), XpEntry.earned_at >= begin, XpEntry.earned_at <= now
    )
    return (
        lessons.group_by(LessonProgress.user_id),
        quizzes.group_by(Attempt.user_id),
        xp.group_by(XpEntry.user_id),
    )


def _minutes(session: Session, ids: Sequence[UUID], begin: datetime, now: datetime) -> tuple[Counts, Counts]:
    """Return the minutes that have passed, and those of them that were missed, from raw rows."""
    past = now.replace(second=0, microsecond=0)
    length = minutes_between(
        greatest(Slot.starts_at, literal(begin, UtcDateTime())), least(Slot.ends_at, literal(past, UtcDateTime()))
    )
    statement = (
        select(Slot.user_id, func.sum(length), func.sum(case((Slot.missed, length), else_=0)))
        .join(Task, Task.id == Slot.task_id)
        .where(
            Slot.user_id.in_(ids),
            *(Slot.starts_at > begin - LONGEST, Slot.starts_at < past, Slot.ends_at > begin),
            Task.status.in_(COUNTING),
        )
        .group_by(Slot.user_id)
    )
    rows = session.execute(statement).all()
    return {row[0]: int(row[1]) for row in rows}, {row[0]: int(row[2]) for row in rows}
