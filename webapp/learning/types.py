"""What learning takes in and gives out.

Percentages are 0..100 with two decimals. In a change, a field that is not given stays as it is. Fields of a change
beside those that can be changed may be sent back as they were read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - the API reads the types of rows when it answers
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from webapp.core.inputs import Input, Line, Notes, storable
from webapp.core.instants import Instant
from webapp.learning.models import AttemptSource, QuestionKind

MAXIMUM_COURSES = 5_000
MAXIMUM_LESSONS = 500
MAXIMUM_QUIZZES = 500
MAXIMUM_QUESTIONS = 200
MAXIMUM_IMAGES = 200
MAXIMUM_POSITION = 1_000_000

Markdown = Annotated[str, StringConstraints(max_length=200_000), AfterValidator(storable)]
Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000), AfterValidator(storable)
]
Choice = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), AfterValidator(storable)
]
Percent = Annotated[int, Field(ge=0, le=100)]
Position = Annotated[int, Field(ge=0, le=MAXIMUM_POSITION)]
Attempts = Annotated[int, Field(ge=1, le=100)]
Minutes = Annotated[int, Field(ge=1, le=600)]
Points = Annotated[int, Field(ge=1, le=100)]
Given = bool | int | float | str | list[str | int] | None


# ---------------------------------------------------------------- inputs


class CourseInput(Input):
    """A new course. Its school is the author's; an admin, who has none, names one."""

    title: Line
    description: Notes = ""
    published: bool = False
    school_id: UUID | None = None


class CourseChange(Input):
    """Changes to a course."""

    title: Line = Field(default_factory=str)
    description: Notes = Field(default_factory=str)
    published: bool = Field(default_factory=bool)
    id: UUID | None = None
    school_id: UUID | None = None
    owner_id: UUID | None = None
    progress: float | None = None


class LessonInput(Input):
    """A new lesson; without a position it comes last."""

    title: Line
    body: Markdown = ""
    position: Position | None = None
    published: bool = False


class LessonChange(Input):
    """Changes to a lesson."""

    title: Line = Field(default_factory=str)
    body: Markdown = Field(default_factory=str)
    position: Position = Field(default_factory=int)
    published: bool = Field(default_factory=bool)
    id: UUID | None = None
    course_id: UUID | None = None
    percent: Percent | None = None
    completed_at: Instant | None = None


class QuestionInput(Input):
    """A question; `id` says which of the present ones it is, so that its history stays with it.

    `answer` is a choice (its words, or its place from 0), a list of choices, a number, or one or more texts.
    `tolerance` is how far a number may be off.
    """

    kind: QuestionKind
    text: Text
    choices: list[Choice] = Field(default_factory=list, max_length=20)
    answer: Given = None
    tolerance: float = Field(default=0, ge=0, le=1e12, allow_inf_nan=False)
    points: Points = 1
    explanation: Notes = ""
    id: UUID | None = None


class QuizInput(Input):
    """A new quiz; `lesson_id` names a lesson of the same course after which it comes."""

    title: Line
    lesson_id: UUID | None = None
    attempts_allowed: Attempts | None = None
    time_limit_minutes: Minutes | None = None
    published: bool = False
    questions: list[QuestionInput] = Field(default_factory=list, max_length=MAXIMUM_QUESTIONS)


class QuizChange(Input):
    """Changes to a quiz. Questions are given all together; attempts begun keep those that they saw."""

    title: Line = Field(default_factory=str)
    lesson_id: UUID | None = None
    attempts_allowed: Attempts | None = None
    time_limit_minutes: Minutes | None = None
    published: bool = Field(default_factory=bool)
    questions: list[QuestionInput] = Field(default_factory=list, max_length=MAXIMUM_QUESTIONS)
    id: UUID | None = None
    course_id: UUID | None = None
    version: int | None = None
    attempts_used: int | None = None
    best_score_percent: float | None = None


class ProgressInput(Input):
    """How far a student is in a lesson."""

    percent: Percent


class AttemptInput(Input):
    """Answers by question id. Without answers an attempt is begun, with them it is submitted.

    `attempt_id` names the attempt that is meant; submitting it again gives its first result again.
    """

    answers: dict[str, Given] | None = Field(default=None, max_length=2 * MAXIMUM_QUESTIONS)
    attempt_id: UUID | None = None


class ClassCourseInput(Input):
    """A course for a class, and by when it is to be done."""

    course_id: UUID
    due_at: Instant | None = None


class CourseOfClass(Input):
    """A course that a class no longer takes."""

    course_id: UUID


# ---------------------------------------------------------------- rows


@dataclass(frozen=True, slots=True)
class CourseRow:
    """A course; `progress` is the viewer's own where they are a student, `lessons` the published ones."""

    id: UUID
    school_id: UUID
    owner_id: UUID | None
    title: str
    description: str
    published: bool
    lessons: int = 0
    lessons_completed: int = 0
    progress: float | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LessonRow:
    """A lesson with its Markdown; percent, position and completion are a student's own, None for others."""

    id: UUID
    course_id: UUID
    title: str
    body: str
    position: int
    published: bool
    percent: int | None = None
    reading_position: int | None = None
    completed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question. What gives the answer away is None for those who may not know it yet."""

    id: UUID
    origin_id: UUID
    kind: QuestionKind
    text: str
    choices: list[str]
    points: int
    answer: Any = None
    tolerance: str | None = None
    explanation: str | None = None


@dataclass(frozen=True, slots=True)
class QuizRow:
    """A quiz in a list; attempts and best score are a student's own. `questions` and `points` count the newest."""

    id: UUID
    course_id: UUID
    lesson_id: UUID | None
    title: str
    attempts_allowed: int | None
    time_limit_minutes: int | None
    published: bool
    version: int
    questions: int = 0
    points: int = 0
    attempts_used: int | None = None
    best_hundredths: int | None = None
    open_attempt_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """An attempt; `score_hundredths` is None while it is open."""

    id: UUID
    quiz_id: UUID
    course_id: UUID
    version_id: UUID | None
    source: AttemptSource
    started_at: datetime
    closes_at: datetime | None
    submitted_at: datetime | None
    answers: dict[str, Any]
    score_points: int | None
    max_points: int | None
    score_hundredths: int | None
    quiz_title: str

    @property
    def score_percent(self) -> float | None:
        """Return the score 0..100 with two decimals."""
        return None if self.score_hundredths is None else self.score_hundredths / 100


@dataclass(frozen=True, slots=True)
class MasteryRow:
    """docs/metrics.md, `subject_mastery`: a student's standing in one course, with both parts."""

    course_id: UUID
    subject: str
    mastery: float
    course_progress: float
    quiz_average: float | None
    topics_completed: int
    topics_total: int


@dataclass(frozen=True, slots=True)
class TakenCourse:
    """A course that a class takes, with how many published lessons; `opens` where the viewer may read it."""

    course_id: UUID
    title: str
    published: bool
    due_at: datetime | None
    opens: bool
    lessons: int = 0


@dataclass(frozen=True, slots=True)
class ClassOfCourse:
    """A class that takes a course."""

    class_id: UUID
    name: str
    due_at: datetime | None
