"""What the page of a student and the figures of a class give out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Final
from uuid import UUID

from pydantic import Field

from webapp.core.inputs import MAXIMUM_OFFSET, Input, PageInput
from webapp.core.paging import MAXIMUM_LIMIT
from webapp.core.ratios import rounded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from webapp.core.paging import Listing
    from webapp.core.permissions import Viewer
    from webapp.goals.types import GoalStatus

DAYS_SHOWN: Final = 28
ATTEMPTS_SHOWN: Final = 10
WORK_SHOWN: Final = 10
ROWS_SHOWN: Final = 50
COLUMNS_SHOWN: Final = 20


class ProgressQuery(Input):
    """Whose progress (one's own unless a student is named), in the courses of one class if one is named."""

    student_id: UUID | None = None
    class_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ClassOfStudent:
    """A class in which a student is enrolled today."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class CourseLine:
    """A student's standing in a course, exact: docs/metrics.md, `course progress` and `subject_mastery`, in percent."""

    course_id: UUID
    title: str
    progress: Fraction
    quiz_average: Fraction | None
    mastery: Fraction
    lessons_completed: int
    lessons_total: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a student is in the courses that they take; `overall_progress` is the mean of them, None without any."""

    courses: tuple[CourseLine, ...]

    @property
    def overall_progress(self) -> float | None:
        """Return the mean of the courses' progress in percent, to 2 decimals."""
        if not self.courses:
            return None
        return rounded(sum((line.progress for line in self.courses), Fraction(0)) / len(self.courses), 2)

    @property
    def lessons_completed(self) -> int:
        """Return how many published lessons are completed."""
        return sum(line.lessons_completed for line in self.courses)

    @property
    def lessons_total(self) -> int:
        """Return how many published lessons there are."""
        return sum(line.lessons_total for line in self.courses)

    @property
    def quiz_average(self) -> float | None:
        """Return the mean of the courses' quiz averages, to 2 decimals; None where no quiz was attempted."""
        found = [line.quiz_average for line in self.courses if line.quiz_average is not None]
        return rounded(sum(found, Fraction(0)) / len(found), 2) if found else None


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """An attempt that was handed in; `score_percent` None where it is not known.

    `opens` says whether the reader may look at its answers; one that was brought in has none.
    """

    id: UUID
    quiz_title: str
    course_title: str
    submitted_at: datetime
    score_hundredths: int | None
    opens: bool = False

    @property
    def score_percent(self) -> float | None:
        """Return the score 0..100 with two decimals."""
        return None if self.score_hundredths is None else self.score_hundredths / 100


@dataclass(frozen=True, slots=True)
class WorkLine:
    """Something that a student finished: a lesson completed or a quiz handed in."""

    kind: str
    title: str
    course_title: str
    done_at: datetime


@dataclass(frozen=True, slots=True)
class GoalCounts:
    """How many goals stand where; of all goals in use for the student, of those from offers for others."""

    statuses: Mapping[GoalStatus, int]
    only_offered: bool

    @property
    def total(self) -> int:
        """Return how many goals are counted."""
        return sum(self.statuses.values())


@dataclass(frozen=True, slots=True)
class Student:
    """Whose page it is: the viewer that they are themselves, their name, and their classes of today.

    Their dates of activity are counted in `school_zone`.
    """

    person: Viewer
    classes: tuple[ClassOfStudent, ...]
    school_zone: str

    @property
    def id(self) -> UUID:
        """Return the student's id."""
        return self.person.user_id

    @property
    def name(self) -> str:
        """Return the student's name."""
        return self.person.name


@dataclass(frozen=True, slots=True)
class ActiveDays:
    """The last 28 dates of the school, oldest first, each with whether the student was active; and the last such."""

    days: tuple[tuple[date, bool], ...]
    last: date | None

    @property
    def active(self) -> int:
        """Return on how many of the dates the student was active."""
        return sum(was for _, was in self.days)


# ---------------------------------------------------------------- a class


class Sheet(StrEnum):
    """What stands in the columns of the table of a class."""

    LESSONS = "lessons"
    QUIZZES = "quizzes"


class MatrixFilter(PageInput):
    """Which part of the table of a class: students from `offset` on, columns from `column` on."""

    limit: int = Field(default=ROWS_SHOWN, ge=1, le=MAXIMUM_LIMIT)
    column: int = Field(default=0, ge=0, le=MAXIMUM_OFFSET)


class EngagementFilter(PageInput):
    """Which of the students of a class."""

    limit: int = Field(default=ROWS_SHOWN, ge=1, le=MAXIMUM_LIMIT)


@dataclass(frozen=True, slots=True)
class MatrixColumn:
    """A lesson or quiz, and its course."""

    id: UUID
    title: str
    course_id: UUID
    course_title: str


@dataclass(frozen=True, slots=True)
class Cell:
    """How far a lesson is read, or the best score of a quiz, in percent, None where it is not known."""

    percent: float | None
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A student: a cell for each column shown, None where nothing was begun; how many of all columns are done.

    `mean` is the mean of the best scores of the quizzes with one, None for lessons.
    """

    user_id: UUID
    name: str
    cells: tuple[Cell | None, ...]
    done: int
    mean: float | None


@dataclass(frozen=True, slots=True)
class Matrix:
    """A part of the table of a class."""

    sheet: Sheet
    columns: Listing[MatrixColumn]
    rows: Listing[MatrixRow]


@dataclass(frozen=True, slots=True)
class EngagementRow:
    """A student with the figures of the last 28 dates; `last` is the newest active date of all, None without one."""

    user_id: UUID
    name: str
    active_days: int
    last: date | None
    planned_minutes: int
    studied_minutes: int
    lessons_completed: int
    quizzes: int
    xp: int


@dataclass(frozen=True, slots=True)
class RecentRow:
    """Something that a student finished: a lesson completed or a quiz handed in."""

    kind: str
    title: str
    user_id: UUID
    name: str
    done_at: datetime
