"""How well a student masters the subjects they take (docs/metrics.md, `subject_mastery`)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from webapp.accounts.identity import viewer_for
from webapp.accounts.models import User
from webapp.core.errors import NotFoundError
from webapp.core.permissions import Role
from webapp.core.ratios import rounded
from webapp.learning.access import may_see_work_of, readable
from webapp.learning.models import Attempt, Course, Quiz
from webapp.learning.queries.courses import Done, course_progress, done_by, lesson_counts
from webapp.learning.types import MasteryRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer


def subject_mastery(session: Session, viewer: Viewer, student_id: UUID | None = None) -> list[MasteryRow]:
    """Return a student's standing in each course that they take now, by title; the viewer's own unless one is named.

    Raises NotFoundError for a student whose work the viewer may not see. Staff take no courses.
    """
    student = viewer if student_id in {None, viewer.user_id} else _student(session, viewer, student_id)
    if student is None or student.role is not Role.STUDENT:
        return []
    statement = select(Course.id, Course.title).where(readable(student)).order_by(Course.title, Course.id)
    found = session.execute(statement).all()
    ids = [course_id for course_id, _ in found]
    totals, done = lesson_counts(session, ids), done_by(session, student.user_id, ids)
    averages = quiz_averages(session, student.user_id, ids)
    return [
        _row(course_id, title, done.get(course_id, Done()), totals.get(course_id, 0), averages.get(course_id))
        for course_id, title in found
    ]


def quiz_averages(session: Session, user_id: UUID, course_ids: Sequence[UUID]) -> dict[UUID, Fraction]:
    """Return, for each course with an attempted quiz, the mean of the best scores in percent, exactly."""
    best = (
        select(Attempt.course_id, func.max(Attempt.score_hundredths).label("best"))
        .join(Quiz, Quiz.id == Attempt.quiz_id)
        .where(
            Attempt.user_id == user_id,
            Attempt.course_id.in_(course_ids),
            Attempt.score_hundredths.is_not(None),
            Quiz.published,
            Quiz.deleted_at.is_(None),
        )
        .group_by(Attempt.course_id, Attempt.quiz_id)
        .subquery()
    )
    statement = select(best.c.course_id, func.sum(best.c.best), func.count()).group_by(best.c.course_id)
    return {row[0]: Fraction(int(row[1]), 100 * row[2]) for row in session.execute(statement)}


def mastery(progress: Fraction, quiz_average: Fraction | None) -> Fraction:
    """Return the mean of both parts, or the progress alone where no quiz was attempted."""
    return progress if quiz_average is None else (progress + quiz_average) / 2


def _row(course_id: UUID, title: str, done: Done, total: int, average: Fraction | None) -> MasteryRow:
    progress = course_progress(done, total)
    shown = None if average is None else rounded(average, 2)
    both = rounded(mastery(progress, average), 2)
    return MasteryRow(course_id, title, both, rounded(progress, 2), shown, done.completed, total)


def _student(session: Session, viewer: Viewer, student_id: UUID | None) -> Viewer | None:
    found = session.execute(select(User.id, User.school_id).where(User.id == student_id)).one_or_none()
    if found is None or not may_see_work_of(session, viewer, found.id, found.school_id):
        raise NotFoundError
    return viewer_for(session, found.id)
