"""Engagement from day to day and its growth; what is taken in of the courses."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import BigInteger, cast, func, select

from webapp.activity.models import ActivityLessonDay, ActivitySchoolLesson
from webapp.core.permissions import Role
from webapp.core.ratios import rounded
from webapp.learning.models import Course, Lesson
from webapp.overview.queries.enrolled import completion_by_course
from webapp.overview.queries.measures import too_few
from webapp.overview.queries.presence import presence
from webapp.overview.queries.sums import Figures, Reading
from webapp.overview.scopes import enrolled_ids
from webapp.overview.types import CourseRow, DayOf, LessonViews

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from webapp.core.periods import DateRange
    from webapp.core.permissions import Viewer
    from webapp.overview.scopes import Scope

GROWTH_DAYS: Final = 7
MOST_VIEWED: Final = 10


class Engagement(NamedTuple):
    """The dates in order, how the last seven compare with the first seven, and the range as a whole."""

    days: list[DayOf]
    growth_rate: Fraction | None
    active_users: int
    activities: int
    mean_daily_active: Fraction


class Content(NamedTuple):
    """What was opened most, how far courses are completed, and what was taken in on each date."""

    lessons: list[LessonViews]
    courses: list[CourseRow]
    days: list[DayOf]
    withheld: bool


def engagement(session: Session, scope: Scope, dates: DateRange) -> Engagement:
    """Return the trend of a range; the same few statements for any number of people."""
    reading = Reading(session, scope, dates)
    days = by_day(reading, dates)
    total = sum(day.active_users for day in days)
    there = presence(reading, dates)
    activities = sum(day.activities for day in days)
    return Engagement(days, growth_rate(days), there.active_people, activities, Fraction(total, len(days)))


def content(session: Session, viewer: Viewer, scope: Scope, dates: DateRange) -> Content:
    """Return the trend of content; nothing of a group that is too small for the viewer."""
    reading = Reading(session, scope, dates)
    if viewer.role is Role.TEACHER and too_few(viewer, presence(reading, dates)):
        return Content([], [], [], withheld=True)
    courses = [
        CourseRow(
            each.course_id,
            each.title,
            each.enrolments,
            None if each.completion is None else rounded(each.completion, 2),
        )
        for each in completion_by_course(reading)
    ]
    return Content(most_viewed(session, scope, dates), courses, by_day(reading, dates), withheld=False)


def by_day(reading: Reading, dates: DateRange) -> list[DayOf]:
    """Return every date of a range, zeros included."""
    return [_day(day, reading.days.get(day, Figures())) for day in dates]


def growth_rate(days: Sequence[DayOf]) -> Fraction | None:
    """Return how much more people a day were active in the last seven dates than in the first seven."""
    if len(days) < 2 * GROWTH_DAYS:
        return None
    first = sum(day.active_users for day in days[:GROWTH_DAYS])
    last = sum(day.active_users for day in days[-GROWTH_DAYS:])
    return Fraction(last - first, first) if first else None


def most_viewed(session: Session, scope: Scope, dates: DateRange) -> list[LessonViews]:
    """Return the lessons that were opened most often, then by title; of classes, by who is or was enrolled."""
    table = ActivitySchoolLesson if scope.class_ids is None and scope.student_id is None else ActivityLessonDay
    views = cast(func.sum(table.views), BigInteger)
    statement = (
        select(Lesson.id, Lesson.title, Course.id, Course.title, views)
        .select_from(table)
        .join(Lesson, Lesson.id == table.lesson_id)
        .join(Course, Course.id == Lesson.course_id)
        .where(table.school_id == scope.school_id, table.day.between(dates.first, dates.last))
        .where(Lesson.deleted_at.is_(None), Course.deleted_at.is_(None))
        .group_by(Lesson.id, Lesson.title, Course.id, Course.title)
        .order_by(views.desc(), Lesson.title, Lesson.id)
        .limit(MOST_VIEWED)
    )
    if scope.student_id is not None:
        statement = statement.where(ActivityLessonDay.user_id == scope.student_id)
    elif scope.class_ids is not None:
        statement = statement.where(ActivityLessonDay.user_id.in_(enrolled_ids(scope)))
    return [LessonViews(*row) for row in session.execute(statement)]


def _day(day: object, figures: Figures) -> DayOf:
    counts = (figures.people, figures.activities, figures.lessons_completed, figures.attempts)
    return DayOf(day, *counts)  # type: ignore[arg-type]
