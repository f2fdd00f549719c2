"""What the endpoints of learning answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field, RootModel

from webapp.learning.grading import is_right
from webapp.learning.models import AttemptSource, QuestionKind
from webapp.learning.types import Given
from webapp.web.api import Answer, Instant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.learning.types import AttemptRow, QuestionRow, QuizRow

Percent = Annotated[float, Field(ge=0, le=100, description="A percentage 0..100, rounded half-up to 2 decimals.")]


class CourseAnswer(Answer):
    """A course; `progress` is a student's own in percent, null for staff."""

    id: UUID
    school_id: UUID
    owner_id: UUID | None
    title: str
    description: str
    published: bool
    progress: Percent | None


class LessonAnswer(Answer):
    """A lesson; percent and completion are a student's own, null for staff. `position` gives the order."""

    id: UUID
    course_id: UUID
    title: str
    body: str = Field(description="Markdown.")
    position: int
    published: bool
    percent: int | None
    completed_at: Instant | None


class LessonProgressAnswer(Answer):
    """How far you are in a lesson; completed at 100."""

    lesson_id: UUID
    percent: int
    completed_at: Instant | None


class QuestionAnswer(Answer):
    """A question as those see it who may not know the answer yet."""

    id: UUID
    kind: QuestionKind
    text: str
    choices: list[str]
    points: int


class QuestionWithKeyAnswer(QuestionAnswer):
    """A question with its answer, as its author wrote it."""

    answer: Given
    tolerance: float
    explanation: str


class JudgedQuestionAnswer(QuestionWithKeyAnswer):
    """A question of an attempt that was handed in: what was given, and whether it was right."""

    given: Given
    right: bool


class QuizAnswer(Answer):
    """A quiz. Students see questions without answers, of the attempt that they have open or the newest ones."""

    id: UUID
    course_id: UUID
    lesson_id: UUID | None
    title: str
    attempts_allowed: int | None
    time_limit_minutes: int | None
    published: bool
    version: int
    questions: list[QuestionWithKeyAnswer | QuestionAnswer]
    attempts_used: int | None
    best_score_percent: Percent | None


class AttemptAnswer(Answer):
    """An attempt. Scores, and answers beside the questions, come once it is handed in."""

    id: UUID
    quiz_id: UUID
    source: AttemptSource
    started_at: Instant
    closes_at: Instant | None
    submitted_at: Instant | None
    answers: dict[str, Given]
    score_points: int | None
    max_points: int | None
    score_percent: Percent | None
    questions: list[JudgedQuestionAnswer | QuestionAnswer]


class ClassCourseAnswer(Answer):
    """A course that a class takes."""

    class_id: UUID
    course_id: UUID
    due_at: Instant | None


class MasteryAnswer(Answer):
    """A student's standing in one course, with both parts."""

    course_id: UUID
    subject: str
    mastery: Percent
    course_progress: Percent
    quiz_average: Percent | None
    topics_completed: int
    topics_total: int


class StandingsAnswer(RootModel[list[MasteryAnswer]]):
    """A student's standing in each course, by title."""

    model_config = ConfigDict(frozen=True)


def quiz_answer(row: QuizRow, questions: Sequence[QuestionRow], *, with_key: bool) -> dict[str, Any]:
    """Return a quiz with its questions, as `QuizAnswer` takes it."""
    best = None if row.best_hundredths is None else row.best_hundredths / 100
    return {
        **{name: getattr(row, name) for name in QuizAnswer.model_fields if hasattr(row, name)},
        "questions": [_with_key(each) if with_key else _question(each) for each in questions],
        "best_score_percent": best,
    }


def attempt_answer(row: AttemptRow, questions: Sequence[QuestionRow]) -> dict[str, Any]:
    """Return an attempt with its questions, as `AttemptAnswer` takes it."""
    shown = [
        _judged(each, row.answers.get(str(each.id))) if row.submitted_at else _question(each) for each in questions
    ]
    return {
        **{name: getattr(row, name) for name in AttemptAnswer.model_fields if hasattr(row, name)},
        "questions": shown,
    }


def _question(row: QuestionRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in QuestionAnswer.model_fields}


def _with_key(row: QuestionRow) -> dict[str, Any]:
    key = {"answer": row.answer, "tolerance": float(row.tolerance or 0), "explanation": row.explanation}
    return _question(row) | key


def _judged(row: QuestionRow, given: Any) -> dict[str, Any]:
    return _with_key(row) | {"given": given, "right": is_right(row, given)}
