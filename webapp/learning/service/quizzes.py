"""Writing quizzes.

The questions of a draft are replaced; once a quiz is published or was tried, every change of them makes a new
version, so that whoever has seen the old one is judged by what they saw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from webapp.core import clock
from webapp.core.errors import InvalidInputError
from webapp.db.base import new_id
from webapp.learning import questions as judge
from webapp.learning.access import load_own_course, load_own_part
from webapp.learning.models import Attempt, Lesson, Question, Quiz, QuizVersion
from webapp.learning.service._shared import apply_fields, refuse_changed, refuse_more_than
from webapp.learning.types import MAXIMUM_QUIZZES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.learning.types import QuestionInput, QuizChange, QuizInput


def create_quiz(session: Session, viewer: Viewer, course_id: UUID, given: QuizInput) -> Quiz:
    """Make a quiz with its first version."""
    course = load_own_course(session, viewer, course_id)
    refuse_more_than(session, Quiz, Quiz.course_id == course.id, MAXIMUM_QUIZZES)
    judge.check(given.questions)
    _refuse_unknown_questions(given.questions, {})
    _refuse_unknown_lesson(session, course.id, given.lesson_id)
    named = ("title", "lesson_id", "attempts_allowed", "time_limit_minutes", "published")
    quiz = Quiz(school_id=course.school_id, course_id=course.id, **{name: getattr(given, name) for name in named})
    session.add(quiz)
    session.flush()
    _add_version(session, quiz, 1, given.questions, {})
    return quiz


def change_quiz(session: Session, viewer: Viewer, quiz_id: UUID, change: QuizChange) -> Quiz:
    """Change the fields given; questions are given all together."""
    quiz = load_own_part(session, viewer, Quiz, quiz_id)
    present = {"id": quiz.id, "course_id": quiz.course_id, "version": quiz.version}
    refuse_changed(change, **present, attempts_used=None, best_score_percent=None)
    if change.lesson_id != quiz.lesson_id:
        _refuse_unknown_lesson(session, quiz.course_id, change.lesson_id)
    if "questions" in change.model_fields_set:
        replace_questions(session, quiz, change.questions)
    apply_fields(quiz, change, ("title", "lesson_id", "attempts_allowed", "time_limit_minutes", "published"))
    session.flush()
    return quiz


def delete_quiz(session: Session, viewer: Viewer, quiz_id: UUID) -> Quiz:
    """Hide a quiz; `restore_quiz` brings it back, and attempts at it keep counting."""
    quiz = load_own_part(session, viewer, Quiz, quiz_id)
    quiz.deleted_at = clock.now()
    session.flush()
    return quiz


def restore_quiz(session: Session, viewer: Viewer, quiz_id: UUID) -> Quiz:
    """Bring a deleted quiz back; one that is there stays as it is."""
    quiz = load_own_part(session, viewer, Quiz, quiz_id, deleted=True)
    quiz.deleted_at = None
    session.flush()
    return quiz


def present_questions(session: Session, quiz: Quiz) -> list[Question]:
    """Return the questions of the newest version, in order."""
    asked = select(Question).where(Question.version_id == _newest_version(session, quiz)).order_by(Question.position)
    return list(session.execute(asked).scalars())


def replace_questions(
    session: Session,
    quiz: Quiz,
    given: Sequence[QuestionInput],
    *,
    keep_old: bool = False,
    returning: Question | None = None,
) -> None:
    """Let a quiz have these questions from now on; `returning` is one of them that had been taken out.

    Attempts keep what they began with, and `keep_old` keeps the present questions in any case.
    """
    judge.check(given)
    version_id, present = _newest_version(session, quiz), present_questions(session, quiz)
    origins = {question.id: question.origin_id for question in [*present, *([returning] if returning else [])]}
    _refuse_unknown_questions(given, origins)
    if [_content(question) for question in present] == [_sent(question) for question in given]:
        return
    tried = session.execute(select(Attempt.id).where(Attempt.version_id == version_id).limit(1)).first()
    if tried or quiz.published or keep_old or returning:
        quiz.version += 1
        _add_version(session, quiz, quiz.version, given, origins)
        return
    for question in present:
        session.delete(question)
    session.flush()
    _add_questions(session, version_id, given, origins, keep_ids=True)


def _newest_version(session: Session, quiz: Quiz) -> UUID:
    statement = select(QuizVersion.id).where(QuizVersion.quiz_id == quiz.id, QuizVersion.number == quiz.version)
    return session.execute(statement).scalar_one()


def _add_version(
    session: Session, quiz: Quiz, number: int, given: Sequence[QuestionInput], origins: dict[UUID, UUID]
) -> None:
    version = QuizVersion(quiz_id=quiz.id, number=number)
    session.add(version)
    session.flush()
    _add_questions(session, version.id, given, origins)


def _add_questions(
    session: Session,
    version_id: UUID,
    given: Sequence[QuestionInput],
    origins: dict[UUID, UUID],
    *,
    keep_ids: bool = False,
) -> None:
    for position, question in enumerate(given):
        key = question.id if keep_ids and question.id else new_id()
        origin = origins.get(question.id, key) if question.id else key
        columns = dict(zip(_FIELDS, _sent(question), strict=True))
        session.add(Question(id=key, version_id=version_id, origin_id=origin, position=position, **columns))
    session.flush()


_FIELDS = ("kind", "text", "choices", "answer", "tolerance", "points", "explanation")


def _content(question: Question) -> list[object]:
    return [getattr(question, name) for name in _FIELDS]


def _sent(question: QuestionInput) -> list[object]:
    return [_plain_number(question.tolerance) if name == "tolerance" else getattr(question, name) for name in _FIELDS]


def _plain_number(value: float) -> str:
    return f"{value:.12f}".rstrip("0").rstrip(".")


def _refuse_unknown_questions(given: Sequence[QuestionInput], known: dict[UUID, UUID]) -> None:
    seen: set[UUID] = set()
    for number, question in enumerate(given):
        if question.id is None:
            continue
        if question.id not in known or question.id in seen:
            raise InvalidInputError.of(f"questions.{number}.id", "The quiz has no such question now.")
        seen.add(question.id)


def _refuse_unknown_lesson(session: Session, course_id: UUID, lesson_id: UUID | None) -> None:
    if lesson_id is None:
        return
    found = select(Lesson.id).where(Lesson.id == lesson_id, Lesson.course_id == course_id, Lesson.deleted_at.is_(None))
    if session.execute(found).one_or_none() is None:
        raise InvalidInputError.of("lesson_id", "There is no such lesson in this course.")
