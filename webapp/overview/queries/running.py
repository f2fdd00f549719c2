"""The running day, week, month or year of a school, and what was achieved in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import and_, exists, select

from webapp.accounts.models import User
from webapp.classes.models import Enrolment
from webapp.core.errors import UnavailableError
from webapp.core.timezones import range_bounds
from webapp.leaderboard.access import load_scope
from webapp.leaderboard.queries import board
from webapp.leaderboard.types import BoardQuery
from webapp.learning.models import ClassCourse, Course, Lesson, LessonProgress
from webapp.overview.queries.measures import measures
from webapp.overview.types import CompletionRow, Performer, TimeRange
from webapp.xp.models import Timeframe

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy.orm import Session

    from webapp.core.periods import DateRange
    from webapp.core.permissions import Viewer
    from webapp.overview.scopes import Scope
    from webapp.overview.types import Measures

PERFORMERS: Final = 5
COMPLETIONS: Final = 10
# Leaderboards know no year; that of all time stands in for it.
BOARD_OF: Final = {
    TimeRange.DAY: Timeframe.DAY,
    TimeRange.WEEK: Timeframe.WEEK,
    TimeRange.MONTH: Timeframe.MONTH,
    TimeRange.YEAR: Timeframe.ALL,
}


class Running(NamedTuple):
    """The figures of a running period; `top_performers` is empty where leaderboards are off or being added up."""

    measures: Measures
    top_performers: list[Performer]
    recent_completions: list[CompletionRow]


def running_period(session: Session, viewer: Viewer, scope: Scope, time_range: TimeRange, dates: DateRange) -> Running:
    """Return the figures of the running period that the dates are, over a scope of staff."""
    found = measures(session, viewer, scope, dates)
    if found.withheld:
        return Running(found, [], [])
    performers = top_performers(session, viewer, scope, BOARD_OF[time_range])
    return Running(found, performers, recent_completions(session, scope, dates))


def top_performers(session: Session, viewer: Viewer, scope: Scope, timeframe: Timeframe) -> list[Performer]:
    """Return the head of the leaderboard of the one class of the scope, else of the school: who takes part in it."""
    only = scope.class_ids[0] if scope.class_ids and len(scope.class_ids) == 1 else None
    school_id = None if only or viewer.school_id else scope.school_id
    loaded = load_scope(session, viewer, BoardQuery(class_id=only, school_id=school_id))
    try:
        found = board(session, viewer, loaded, timeframe, PERFORMERS, scope.now)
    except UnavailableError:
        return []
    named = ((row, row.user_id, row.display_name) for row in found.rows)
    return [Performer(row.rank, user_id, name, row.xp) for row, user_id, name in named if user_id and name]


def recent_completions(session: Session, scope: Scope, dates: DateRange) -> list[CompletionRow]:
    """Return the lessons that were completed last within the dates, newest first."""
    start, end = range_bounds(scope.zone, dates.first, dates.last)
    columns: tuple[Any, ...] = (User.id, User.first_name, User.last_name, User.email, Lesson.id, Lesson.title)
    statement = (
        select(*columns, Course.title, LessonProgress.completed_at)
        .select_from(LessonProgress)
        .join(User, User.id == LessonProgress.user_id)
        .join(Lesson, Lesson.id == LessonProgress.lesson_id)
        .join(Course, Course.id == LessonProgress.course_id)
        .where(LessonProgress.school_id == scope.school_id)
        .where(LessonProgress.completed_at >= start, LessonProgress.completed_at < end)
        .order_by(LessonProgress.completed_at.desc(), LessonProgress.id.desc())
        .limit(COMPLETIONS)
    )
    if scope.class_ids is not None:
        mine = and_(Enrolment.user_id == LessonProgress.user_id, Enrolment.class_id.in_(scope.class_ids))
        takes = and_(ClassCourse.class_id == Enrolment.class_id, ClassCourse.course_id == LessonProgress.course_id)
        statement = statement.where(exists().where(mine, takes))
    return [_completion(row) for row in session.execute(statement)]


def _completion(row: Any) -> CompletionRow:
    user_id, first, last, email, *rest = row
    return CompletionRow(user_id, f"{first} {last}".strip() or email, *rest)
