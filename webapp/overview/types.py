"""What is counted, what is asked for, and the rows of each answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from uuid import UUID

from pydantic import Field

from webapp.core.inputs import Input, PageInput
from webapp.core.instants import LocalDate

if TYPE_CHECKING:
    from fractions import Fraction

    from webapp.classes.models import Outcome

# Marks that name no date: as whom the person is counted may have changed; anything at all may have changed.
STATE: Final = date.min
EVERY: Final = date.max
NO_COURSE: Final = UUID(int=0)
# Of enrolments, the row of all dates together.
ALL_DATES: Final = date.max

MOST_CLASSES: Final = 5_000


# ---------------------------------------------------------------- inputs


class ScopeInput(Input):
    """Over whom: `class_id` narrows to one class, `school_id` is for admins."""

    class_id: UUID | None = None
    school_id: UUID | None = None


class DatesInput(ScopeInput):
    """Dates of the school, both inclusive; the last 30 days unless given."""

    start_date: LocalDate | None = None
    end_date: LocalDate | None = None


class DaysInput(ScopeInput):
    """The last so many dates of the school, today among them."""

    days: int = Field(default=30, ge=1, le=365)


class TimeRange(StrEnum):
    """A running period of the school's calendar."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class TimeRangeInput(ScopeInput):
    """Which running period."""

    time_range: TimeRange = TimeRange.WEEK


class ClassSort(StrEnum):
    """By what classes are put in order; all but the name with the highest first, unless turned round."""

    NAME = "name"
    STUDENTS = "students"
    STUDENTS_ACTIVE = "students_active"
    COMPLETION = "average_completion"
    SCORE = "average_quiz_score"
    ATTEMPTS = "attempts_submitted"
    STUDIED = "studied_minutes"
    XP = "xp"
    AT_RISK = "at_risk_high"


class PerformanceInput(PageInput):
    """Which classes, over which dates (all time unless given), in which order."""

    class_id: UUID | None = None
    school_id: UUID | None = None
    start_date: LocalDate | None = None
    end_date: LocalDate | None = None
    sort: ClassSort = ClassSort.NAME
    reverse: bool = False


# ---------------------------------------------------------------- rows


@dataclass(frozen=True, slots=True)
class Dates:
    """A range as answers show it."""

    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Measures:
    """The figures of a range, exact: fractions 0..1 and percents as they are before rounding.

    Those about groups are None where too few people are behind them, and where their definition says so.
    """

    students_total: int
    students_active: int | None
    classes_active: int
    average_completion: Fraction | None
    average_quiz_score: Fraction | None
    quizzes_open: int
    attempts_submitted: int | None
    engagement_rate: Fraction | None
    attendance_rate: Fraction | None
    active_people: int | None
    activities: int | None
    xp: int | None
    lessons_completed: int | None
    withheld: bool


@dataclass(frozen=True, slots=True)
class ClassPerformance:
    """A class over some dates. Figures are None where too few people are behind them for the viewer."""

    class_id: UUID
    name: str
    students: int
    students_active: int | None
    average_completion: float | None
    average_quiz_score: float | None
    attempts_submitted: int | None
    scheduled_minutes: int | None
    studied_minutes: int | None
    xp: int | None
    at_risk_high: int | None
    outcomes: dict[Outcome, int] | None


@dataclass(frozen=True, slots=True)
class DayOf:
    """A date with distinct active people and activities, lessons completed and attempts handed in."""

    date: date
    active_users: int
    activities: int
    lessons_completed: int
    attempts_submitted: int


@dataclass(frozen=True, slots=True)
class CourseRow:
    """How far those who take a course have come."""

    course_id: UUID
    title: str
    enrolments: int
    average_completion: float | None


@dataclass(frozen=True, slots=True)
class LessonViews:
    """How often a lesson was opened in a range."""

    lesson_id: UUID
    title: str
    course_id: UUID
    course: str
    views: int


@dataclass(frozen=True, slots=True)
class Performer:
    """A student high on the board of a range, by the name that the viewer may see."""

    rank: int
    user_id: UUID
    name: str
    xp: int


@dataclass(frozen=True, slots=True)
class CompletionRow:
    """A lesson that somebody completed."""

    user_id: UUID
    name: str
    lesson_id: UUID
    lesson: str
    course: str
    completed_at: datetime


class Figure(StrEnum):
    """A figure behind which there are people."""

    STUDENTS_TOTAL = "students_total"
    STUDENTS_ACTIVE = "students_active"
    ENGAGEMENT_RATE = "engagement_rate"
    ATTENDANCE_RATE = "attendance_rate"
    COMPLETION = "average_completion"
    SCORE = "average_quiz_score"
    ATTEMPTS = "attempts_submitted"
    LESSONS = "lessons_completed"
    XP = "xp"
    ACTIVE_PEOPLE = "active_people"
    ACTIVITIES = "activities"


class RangeQuery(ScopeInput):
    """What the address of a page says: a preset or two dates, over whom, and whether to compare."""

    period: str | None = Field(default=None, max_length=20)
    start_date: LocalDate | None = None
    end_date: LocalDate | None = None
    compare: bool = False


class EvidenceQuery(RangeQuery):
    """Whose parts of which figure."""

    figure: Figure
    limit: int = Field(default=50, ge=1, le=100)
    offset: int = Field(default=0, ge=0, le=1_000_000)


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """What one person gives to a figure: `part` of `whole`, both None where they give nothing to judge."""

    user_id: UUID
    name: str
    part: float | None
    whole: int | None
    active: bool
