"""What the page of a student and the figures of a class give out."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final
from uuid import UUID

from webapp.core.inputs import Input
from webapp.core.ratios import rounded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from webapp.core.permissions import Viewer
    from webapp.goals.types import GoalStatus

DAYS_SHOWN: Final = 28
ATTEMPTS_SHOWN: Final = 10
WORK_SHOWN: Final = 10


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
    """An attempt that was handed in; `score_percent` None where it is not known."""

    id: UUID
    quiz_title: str
    course_title: str
    submitted_at: datetime
    score_hundredths: int | None

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
    """Whose page it is: the viewer that they are themselves, their name, and their classes of today."""

    person: Viewer
    classes: tuple[ClassOfStudent, ...]

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
