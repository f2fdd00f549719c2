"""Writing the questions of a quiz one by one; each change goes the way of all questions together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from webapp.core.errors import ConflictError, NotFoundError
from webapp.learning import questions as judge
from webapp.learning.access import load_own_part
from webapp.learning.models import Question, Quiz, QuizVersion
from webapp.learning.service.quizzes import present_questions, replace_questions
from webapp.learning.types import MAXIMUM_QUESTIONS, QuestionInput

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer


def add_question(session: Session, viewer: Viewer, quiz_id: UUID, given: QuestionInput) -> Quiz:
    """Add a question at the end. InvalidInputError names fields without a path."""
    quiz = load_own_part(session, viewer, Quiz, quiz_id)
    judge.check([given], prefix="")
    present = _as_given(session, quiz)
    if len(present) >= MAXIMUM_QUESTIONS:
        raise ConflictError(f"There is room for {MAXIMUM_QUESTIONS} questions.")
    replace_questions(session, quiz, [*present, given])
    return quiz


def change_question(session: Session, viewer: Viewer, question_id: UUID, given: QuestionInput) -> Quiz:
    """Write a question anew; its history stays with it. InvalidInputError names fields without a path."""
    quiz, place = _find(session, viewer, question_id)
    judge.check([given], prefix="")
    present = _as_given(session, quiz)
    present[place] = given.model_copy(update={"id": present[place].id})
    replace_questions(session, quiz, present)
    return quiz


def move_question(session: Session, viewer: Viewer, question_id: UUID, by: int) -> Quiz:
    """Put a question so many places further down, or up where the number is below 0."""
    quiz, place = _find(session, viewer, question_id)
    present = _as_given(session, quiz)
    moved = present.pop(place)
    present.insert(max(0, min(place + by, len(present))), moved)
    replace_questions(session, quiz, present)
    return quiz


def delete_question(session: Session, viewer: Viewer, question_id: UUID) -> Quiz:
    """Take a question out of a quiz; attempts that saw it keep it, and `restore_question` puts it back."""
    quiz, place = _find(session, viewer, question_id)
    present = _as_given(session, quiz)
    del present[place]
    replace_questions(session, quiz, present, keep_old=True)
    return quiz


def restore_question(session: Session, viewer: Viewer, question_id: UUID) -> Quiz:
    """Put a question back that was taken out; one that stands in the quiz stays where it is."""
    quiz, question = _load(session, viewer, question_id)
    standing = present_questions(session, quiz)
    if question.origin_id not in {each.origin_id for each in standing}:
        present = _as_given(session, quiz)
        present.insert(min(question.position, len(present)), as_given(question))
        replace_questions(session, quiz, present, returning=question)
    return quiz


def as_given(question: Question) -> QuestionInput:
    """Return a question as its author sends it."""
    return QuestionInput(
        id=question.id,
        kind=question.kind,
        text=question.text,
        choices=question.choices,
        answer=question.answer,
        tolerance=float(question.tolerance),
        points=question.points,
        explanation=question.explanation,
    )


def _as_given(session: Session, quiz: Quiz) -> list[QuestionInput]:
    return [as_given(question) for question in present_questions(session, quiz)]


def _find(session: Session, viewer: Viewer, question_id: UUID) -> tuple[Quiz, int]:
    """Return the quiz and the place in it where the question stands now."""
    quiz, question = _load(session, viewer, question_id)
    origins = [each.origin_id for each in present_questions(session, quiz)]
    if question.origin_id not in origins:
        raise NotFoundError
    return quiz, origins.index(question.origin_id)


def _load(session: Session, viewer: Viewer, question_id: UUID) -> tuple[Quiz, Question]:
    quiz_of = select(QuizVersion.quiz_id).join(Question, Question.version_id == QuizVersion.id)
    quiz_id = session.execute(quiz_of.where(Question.id == question_id)).scalar_one_or_none()
    if quiz_id is None:
        raise NotFoundError
    quiz = load_own_part(session, viewer, Quiz, quiz_id)
    return quiz, session.execute(select(Question).where(Question.id == question_id)).scalar_one()
