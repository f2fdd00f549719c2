"""Reading quizzes, their questions and attempts. What gives an answer away is left out for students."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from webapp.core.errors import NotFoundError
from webapp.core.paging import Listing, Page
from webapp.core.permissions import Role
from webapp.learning.access import load_course, readable, shown, writable
from webapp.learning.models import Attempt, AttemptSource, Course, Question, Quiz, QuizVersion
from webapp.learning.types import AttemptRow, QuestionRow, QuizRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer

_QUIZ: tuple[Any, ...] = (
    *(Quiz.id, Quiz.course_id, Quiz.lesson_id, Quiz.title),
    *(Quiz.attempts_allowed, Quiz.time_limit_minutes, Quiz.published, Quiz.version),
)
ATTEMPT: tuple[Any, ...] = (
    *(Attempt.id, Attempt.quiz_id, Attempt.course_id, Attempt.version_id, Attempt.source, Attempt.started_at),
    *(Attempt.closes_at, Attempt.submitted_at, Attempt.answers),
    *(Attempt.score_points, Attempt.max_points, Attempt.score_hundredths, Quiz.title),
)


def quizzes(session: Session, viewer: Viewer, course_id: UUID, page: Page = Page()) -> Listing[QuizRow]:
    """Return one page of a course's quizzes, oldest first; raise NotFoundError."""
    load_course(session, viewer, course_id)
    condition = and_(Quiz.course_id == course_id, shown(viewer, Quiz))
    total = session.execute(select(func.count()).select_from(Quiz).where(condition)).scalar_one()
    statement = select(*_QUIZ).where(condition).order_by(Quiz.created_at, Quiz.id)
    found = session.execute(statement.limit(page.limit).offset(page.offset)).all()
    return Listing(_complete(session, viewer, found), total, page.limit, page.offset)


def quiz(session: Session, viewer: Viewer, quiz_id: UUID) -> QuizRow:
    """Return a quiz that the viewer sees, or raise NotFoundError.

    A student goes on seeing one at which they have an attempt open, whatever happens to it or to their class.
    """
    seen = and_(shown(viewer, Quiz), readable(viewer))
    if viewer.role is Role.STUDENT:
        mine = (Attempt.quiz_id == Quiz.id, Attempt.user_id == viewer.user_id, Attempt.submitted_at.is_(None))
        seen = or_(seen, exists().where(*mine))
    statement = select(*_QUIZ).join(Course, Course.id == Quiz.course_id)
    found = session.execute(statement.where(Quiz.id == quiz_id, seen)).all()
    if not found:
        raise NotFoundError
    return _complete(session, viewer, found)[0]


def questions(session: Session, viewer: Viewer, quizzes_shown: Sequence[QuizRow]) -> dict[UUID, list[QuestionRow]]:
    """Return the questions of quizzes that the viewer sees: the newest, or those of the student's open attempt."""
    statement = (
        select(Question, QuizVersion.quiz_id)
        .join(QuizVersion, QuizVersion.id == Question.version_id)
        .where(QuizVersion.id.in_(_versions(session, quizzes_shown)))
        .order_by(Question.position)
    )
    found: dict[UUID, list[QuestionRow]] = {row.id: [] for row in quizzes_shown}
    for question, quiz_id in session.execute(statement):
        found[quiz_id].append(question_row(question, open_to_all=viewer.is_staff))
    return found


def questions_of_version(session: Session, version_id: UUID | None, *, with_answers: bool) -> list[QuestionRow]:
    """Return the questions of the version that an attempt saw; with answers once it is submitted."""
    statement = select(Question).where(Question.version_id == version_id).order_by(Question.position)
    return [question_row(question, open_to_all=with_answers) for question in session.execute(statement).scalars()]


def question(session: Session, viewer: Viewer, question_id: UUID) -> tuple[UUID, QuestionRow]:
    """Return a question of a quiz that the viewer may write, and the quiz's id; raise NotFoundError.

    Of a question that was written anew meanwhile, its newest form.
    """
    asked = aliased(Question)
    of_version = aliased(QuizVersion)
    statement = (
        select(Question, Quiz.id)
        .join(QuizVersion, QuizVersion.id == Question.version_id)
        .join(Quiz, and_(Quiz.id == QuizVersion.quiz_id, Quiz.version == QuizVersion.number))
        .join(Course, Course.id == Quiz.course_id)
        .join(of_version, of_version.quiz_id == Quiz.id)
        .join(asked, and_(asked.version_id == of_version.id, asked.origin_id == Question.origin_id))
        .where(asked.id == question_id, Quiz.deleted_at.is_(None), Course.deleted_at.is_(None), writable(viewer))
    )
    found = session.execute(statement).one_or_none()
    if found is None:
        raise NotFoundError
    return found[1], question_row(found[0], open_to_all=True)


def attempt(session: Session, viewer: Viewer, attempt_id: UUID) -> AttemptRow:
    """Return an attempt that the viewer has made, or raise NotFoundError."""
    own = (Attempt.id == attempt_id, Attempt.user_id == viewer.user_id, Attempt.source == AttemptSource.TAKEN)
    found = session.execute(_attempts().where(*own)).one_or_none()
    if found is None:
        raise NotFoundError
    return AttemptRow(*found)


def attempts(session: Session, viewer: Viewer, quiz_id: UUID) -> list[AttemptRow]:
    """Return the viewer's attempts at a quiz, newest first."""
    statement = _attempts().where(Attempt.quiz_id == quiz_id, Attempt.user_id == viewer.user_id)
    return [AttemptRow(*row) for row in session.execute(statement.order_by(Attempt.started_at.desc(), Attempt.id))]


def _attempts() -> Select[Any]:
    return select(*ATTEMPT).join(Quiz, Quiz.id == Attempt.quiz_id)


def _complete(session: Session, viewer: Viewer, found: Sequence[Any]) -> list[QuizRow]:
    ids = [row.id for row in found]
    sizes = _sizes(session, ids)
    rows = [replace(QuizRow(*row), **sizes.get(row.id, {})) for row in found]
    if viewer.role is not Role.STUDENT:
        return rows
    own = _own(session, viewer, ids)
    return [replace(row, **own.get(row.id, {"attempts_used": 0})) for row in rows]


def _sizes(session: Session, quiz_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return the number of questions and of points of each quiz's newest version."""
    statement = (
        select(Quiz.id, func.count(), func.sum(Question.points))
        .join(QuizVersion, and_(QuizVersion.quiz_id == Quiz.id, QuizVersion.number == Quiz.version))
        .join(Question, Question.version_id == QuizVersion.id)
        .where(Quiz.id.in_(quiz_ids))
        .group_by(Quiz.id)
    )
    return {row[0]: {"questions": row[1], "points": int(row[2])} for row in session.execute(statement)}


def _own(session: Session, viewer: Viewer, quiz_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return what the viewer has made of each quiz."""
    columns = (Attempt.quiz_id, Attempt.id, Attempt.submitted_at, Attempt.score_hundredths)
    statement = select(*columns).where(Attempt.user_id == viewer.user_id, Attempt.quiz_id.in_(quiz_ids))
    found: dict[UUID, dict[str, Any]] = {}
    for quiz_id, attempt_id, submitted_at, hundredths in session.execute(statement):
        own = found.setdefault(quiz_id, {"attempts_used": 0, "best_hundredths": None, "open_attempt_id": None})
        own["attempts_used"] += 1
        if submitted_at is None:
            own["open_attempt_id"] = attempt_id
        elif hundredths is not None:
            own["best_hundredths"] = max(hundredths, own["best_hundredths"] or 0)
    return found


def _versions(session: Session, rows: Iterable[QuizRow]) -> list[UUID]:
    """Return the version that each quiz is shown in, in one statement."""
    opened = [row.open_attempt_id for row in rows if row.open_attempt_id]
    seen = select(Attempt.version_id).where(Attempt.quiz_id == Quiz.id, Attempt.id.in_(opened)).scalar_subquery()
    newest = and_(QuizVersion.quiz_id == Quiz.id, QuizVersion.number == Quiz.version)
    shown_version = case((seen.is_not(None), seen), else_=QuizVersion.id)
    statement = select(shown_version).select_from(Quiz).join(QuizVersion, newest)
    return list(session.execute(statement.where(Quiz.id.in_([row.id for row in rows]))).scalars())


def question_row(question: Question, *, open_to_all: bool) -> QuestionRow:
    """Return a question as lists show it, without what gives the answer away unless it is open to all."""
    row = QuestionRow(
        question.id,
        question.origin_id,
        question.kind,
        question.text,
        question.choices,
        question.points,
        question.answer,
        question.tolerance,
        question.explanation,
    )
    return row if open_to_all else replace(row, answer=None, tolerance=None, explanation=None)
