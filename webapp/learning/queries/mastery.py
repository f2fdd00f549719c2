"""How well a student masters the subjects they take (docs/metrics.md, `subject_mastery`)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, literal_column, select, union_all

from webapp.accounts.identity import viewer_for
from webapp.accounts.models import User
from webapp.core.errors import NotFoundError
from webapp.core.permissions import Role
from webapp.core.ratios import rounded
from webapp.learning.access import may_see_work_of, readable
from webapp.learning.models import Attempt, Course, Quiz
from webapp.learning.queries.courses import Done, counting_lessons, course_progress, summing_progress
from webapp.learning.types import MasteryRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer


_LESSONS, _PROGRESS = range(2)


class Reached(NamedTuple):
    """What a person has reached in a course of so many published lessons; the mean best score exact, in percent."""

    done: Done
    total: int
    average: Fraction | None


def subject_mastery(session: Session, viewer: Viewer, student_id: UUID | None = None) -> list[MasteryRow]:
    """Return a student's standing in each course that they take now, by title; the viewer's own unless one is named.

    Raises NotFoundError for a student whose work the viewer may not see. Staff take no courses.
    """
    student = viewer if student_id in {None, viewer.user_id} else _student(session, viewer, student_id)
    if student is None or student.role is not Role.STUDENT:
        return []
    statement = select(Course.id, Course.title).where(readable(student)).order_by(Course.title, Course.id)
    found = session.execute(statement).all()
    reached = reached_in(session, student.user_id, [course_id for course_id, _ in found])
    return [_row(course_id, title, *reached[course_id]) for course_id, title in found]


def reached_in(session: Session, user_id: UUID, course_ids: Sequence[UUID]) -> dict[UUID, Reached]:
    """Return what a person has reached in each of the courses; one statement."""
    parts: tuple[Select[Any], ...] = (
        counting_lessons(course_ids).add_columns(literal_column("0")),
        summing_progress(user_id, course_ids),
        _best_scores(user_id, course_ids),
    )
    all_of_it = union_all(*(part.add_columns(literal_column(str(kind))) for kind, part in enumerate(parts)))
    totals, done, averages = {}, {}, {}
    for course_id, first, second, kind in session.execute(all_of_it) if course_ids else ():
        if kind == _LESSONS:
            totals[course_id] = int(first)
        elif kind == _PROGRESS:
            done[course_id] = Done(int(first), int(second))
        else:
            averages[course_id] = Fraction(int(first), 100 * second)
    return {key: Reached(done.get(key, Done()), totals.get(key, 0), averages.get(key)) for key in course_ids}


def _best_scores(user_id: UUID, course_ids: Sequence[UUID]) -> Select[Any]:
    """Return for each course with an attempted quiz the sum of the best scores in hundredths, and of how many."""
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
    return select(best.c.course_id, func.sum(best.c.best), func.count()).group_by(best.c.course_id)


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
