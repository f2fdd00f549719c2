"""One student's progress. The caller has loaded the student for the viewer; each read is a few statements."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, false, func, literal_column, select, union_all

from webapp.at_risk.presence import days_of
from webapp.core.errors import NotFoundError, UnavailableError
from webapp.core.paging import Listing, Page
from webapp.core.timezones import local_date
from webapp.goals.models import GoalOffer
from webapp.goals.offers.board import statuses_of
from webapp.goals.queries import progress
from webapp.leaderboard.access import load_scope
from webapp.leaderboard.queries import own_place
from webapp.leaderboard.types import BoardQuery
from webapp.learning.access import answers_open_to, readable
from webapp.learning.models import Attempt, AttemptSource, ClassCourse, Course, Lesson, LessonProgress, Quiz
from webapp.learning.queries import course_progress, mastery, reached_in
from webapp.students.types import (
    ATTEMPTS_SHOWN,
    DAYS_SHOWN,
    WORK_SHOWN,
    ActiveDays,
    AttemptLine,
    CourseLine,
    GoalCounts,
    Standing,
    WorkLine,
)
from webapp.xp.models import Timeframe

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.leaderboard.types import You
    from webapp.learning.queries.mastery import Reached
    from webapp.students.types import Student

FIRST: Final = Page(limit=ATTEMPTS_SHOWN)


def standing(session: Session, student: Student, class_id: UUID | None = None) -> Standing:
    """Return how far a student is in each course that they take today, by title; of one class, if one is named.

    Raises NotFoundError for a class that is not among those of the student that the viewer may know of.
    """
    if class_id is not None and class_id not in {each.id for each in student.classes}:
        raise NotFoundError
    statement = select(Course.id, Course.title).where(readable(student.person)).order_by(Course.title, Course.id)
    if class_id is not None:
        taken = select(ClassCourse.course_id).where(ClassCourse.class_id == class_id)
        statement = statement.where(Course.id.in_(taken))
    found = session.execute(statement).all()
    reached = reached_in(session, student.id, [row[0] for row in found])
    return Standing(tuple(_line(course_id, title, reached[course_id]) for course_id, title in found))


def _line(course_id: UUID, title: str, reached: Reached) -> CourseLine:
    done, total, average = reached
    progress = course_progress(done, total)
    return CourseLine(course_id, title, progress, average, mastery(progress, average), done.completed, total)


def attempts(
    session: Session, student: Student, page: Page = FIRST, reader: Viewer | None = None
) -> Listing[AttemptLine]:
    """Return one page of the attempts that a student has handed in, the newest first; `reader` may open some."""
    own = (Attempt.user_id == student.id, Attempt.submitted_at.is_not(None))
    total = select(func.count()).select_from(Attempt).where(*own)
    columns: tuple[Any, ...] = (Attempt.id, Quiz.title, Course.title, Attempt.submitted_at, Attempt.score_hundredths)
    opens = and_(Attempt.source == AttemptSource.TAKEN, answers_open_to(reader)) if reader else false()
    statement = (
        select(*columns, opens, total.scalar_subquery())
        .select_from(Attempt)
        .join(Quiz, Quiz.id == Attempt.quiz_id)
        .join(Course, Course.id == Attempt.course_id)
        .where(*own)
        .order_by(Attempt.submitted_at.desc(), Attempt.id)
    )
    found = session.execute(statement.limit(page.limit).offset(page.offset)).all()
    # Past the end there is no row that tells how many there are.
    counted = found[0][-1] if found else session.execute(total).scalar_one()
    lines = [AttemptLine(*row[:-1]) for row in found]
    return Listing(lines, counted, page.limit, page.offset)


def recent_work(session: Session, student: Student) -> list[WorkLine]:
    """Return the last lessons that a student completed and quizzes that they handed in, the newest first."""
    lessons = (
        select(literal_column("'lesson'").label("kind"), Lesson.title.label("title"), Course.title.label("course"))
        .add_columns(LessonProgress.completed_at.label("done_at"))
        .select_from(LessonProgress)
        .join(Lesson, Lesson.id == LessonProgress.lesson_id)
        .join(Course, Course.id == LessonProgress.course_id)
        .where(LessonProgress.user_id == student.id, LessonProgress.completed_at.is_not(None))
    )
    columns: tuple[Any, ...] = (literal_column("'quiz'"), Quiz.title, Course.title, Attempt.submitted_at)
    quizzes = (
        select(*columns)
        .select_from(Attempt)
        .join(Quiz, Quiz.id == Attempt.quiz_id)
        .join(Course, Course.id == Attempt.course_id)
        .where(Attempt.user_id == student.id, Attempt.submitted_at.is_not(None))
    )
    both = union_all(lessons, quizzes).subquery("work")
    newest = select(both).order_by(both.c.done_at.desc(), both.c.title).limit(WORK_SHOWN)
    return [WorkLine(*row) for row in session.execute(newest)]


def goal_counts(session: Session, viewer: Viewer, student: Student, now: datetime) -> GoalCounts:
    """Return how many goals stand where: all in use for the student, for others those from offers to their classes."""
    if viewer.user_id == student.id:
        found = Counter(each.status for each in progress(session, student.person, now))
        return GoalCounts(found, only_offered=False)
    classes = [each.id for each in student.classes]
    offers = list(
        session.scalars(select(GoalOffer.id).where(GoalOffer.class_id.in_(classes), GoalOffer.withdrawn_at.is_(None)))
    )
    if not offers or student.person.school_id is None:
        return GoalCounts({}, only_offered=True)
    statuses = statuses_of(session, student.person.school_id, offers, {student.id}, now)
    return GoalCounts(Counter(statuses.values()), only_offered=True)


def active_days(session: Session, student: Student, now: datetime) -> ActiveDays:
    """Return on which of the last 28 dates of their school a student was active, and when they last were."""
    today = local_date(now, student.school_zone)
    first = today - timedelta(days=DAYS_SHOWN - 1)
    dates, last = days_of(session, student.id, student.school_zone, first, today)
    days = tuple((day, day in dates) for day in (first + timedelta(days=n) for n in range(DAYS_SHOWN)))
    return ActiveDays(days, last)


def place_of(session: Session, student: Student, now: datetime, class_id: UUID | None = None) -> You | None:
    """Return where a student stands of all time in their school, or in one of their classes.

    None while standings are being added up anew; a student who takes no part has no rank, whoever asks.
    """
    try:
        scope = load_scope(session, student.person, BoardQuery(timeframe=Timeframe.ALL, class_id=class_id))
        return own_place(session, student.person, scope, Timeframe.ALL, now)
    except UnavailableError:
        return None
