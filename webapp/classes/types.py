"""What classes take in and give out. In a change, a field that is not given stays as it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 - Pydantic reads the types
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator

from webapp.classes.models import Outcome
from webapp.core.inputs import Input, PageInput, storable
from webapp.core.instants import LocalDate
from webapp.schools.models import LeaderboardMode

LONGEST_NAME = 100
MOST_TEACHERS = 50
MOST_AT_ONCE = 500
MOST_CLASSES = 5_000

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME), AfterValidator(storable)
]
Search = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100), AfterValidator(storable)]


def _not_before(last: date | None, first: date | None) -> date | None:
    if first and last and last < first:
        message = "The last date must not be before the first."
        raise ValueError(message)
    return last


# ---------------------------------------------------------------- inputs


class ClassInput(Input):
    """A new class.

    `term` is the name or id of one of the school's terms, or any other words. A teacher who makes a class teaches
    it, whoever else does. An admin says in which school.
    """

    name: Name
    school_id: UUID | None = None
    teacher_ids: list[UUID] = Field(default_factory=list, max_length=MOST_TEACHERS)
    term: Name | None = None
    starts_on: LocalDate | None = None
    ends_on: LocalDate | None = None
    leaderboard_mode: LeaderboardMode | None = Field(default=None, description="null means as in the school")

    @field_validator("ends_on")
    @classmethod
    def _in_order(cls, last: date | None, info: ValidationInfo) -> date | None:
        return _not_before(last, info.data.get("starts_on"))


class ClassChange(Input):
    """Changes to a class. `id`, `school_id` and `students` may be sent back as they are."""

    name: Name = Field(default_factory=str)
    teacher_ids: list[UUID] = Field(default_factory=list, max_length=MOST_TEACHERS)
    term: Name | None = None
    starts_on: LocalDate | None = None
    ends_on: LocalDate | None = None
    leaderboard_mode: LeaderboardMode | None = None
    archived: bool = Field(default_factory=bool)
    id: UUID | None = None
    school_id: UUID | None = None
    students: int | None = None


class ClassForm(Input):
    """The page's form of a class: all fields at once, empty meaning none."""

    name: Name
    teacher_ids: list[UUID] = Field(default_factory=list, max_length=MOST_TEACHERS)
    term: Name | None = None
    starts_on: LocalDate | None = None
    ends_on: LocalDate | None = None
    leaderboard_mode: LeaderboardMode | None = None


class CandidateQuery(Input):
    """Whom to look for."""

    find: Search = ""


class EnrolmentInput(Input):
    """Students to enrol, and from when until when: local dates of the school, both inclusive, open if not given."""

    user_ids: list[UUID] = Field(min_length=1, max_length=MOST_AT_ONCE)
    begins_on: LocalDate | None = None
    ends_on: LocalDate | None = None

    @field_validator("ends_on")
    @classmethod
    def _in_order(cls, last: date | None, info: ValidationInfo) -> date | None:
        return _not_before(last, info.data.get("begins_on"))


class UnenrolmentInput(Input):
    """Students to take out of a class: for good, or with their last date."""

    user_ids: list[UUID] = Field(min_length=1, max_length=MOST_AT_ONCE)
    ends_on: LocalDate | None = Field(
        default=None, description="Their last date. Without one, the enrolment is removed as if it had never been."
    )


class EnrolmentChange(Input):
    """Changes to enrolments of a class; a field that is not given stays as it is, null takes a date or outcome back."""

    user_ids: list[UUID] = Field(min_length=1, max_length=MOST_AT_ONCE)
    begins_on: LocalDate | None = None
    ends_on: LocalDate | None = None
    outcome: Outcome | None = None


class EnrolmentForm(Input):
    """The page's form of one enrolment: all fields at once, empty meaning none."""

    begins_on: LocalDate | None = None
    ends_on: LocalDate | None = None
    outcome: Outcome | None = None

    @field_validator("ends_on")
    @classmethod
    def _in_order(cls, last: date | None, info: ValidationInfo) -> date | None:
        return _not_before(last, info.data.get("begins_on"))


class TermMove(Input):
    """That the classes of a term go out of use together, or come back; `term` is its name, as the list shows it."""

    term: Name
    school_id: UUID | None = None
    archived: bool


class ClassFilter(PageInput):
    """Which classes, by name: those that are in use, unless `archived` asks for the others."""

    q: Search = ""
    term: Search = ""
    teacher_id: UUID | None = None
    school_id: UUID | None = None
    archived: bool = False


class EnrolmentState(StrEnum):
    """Where today stands to an enrolment."""

    CURRENT = "current"
    UPCOMING = "upcoming"
    ENDED = "ended"
    ALL = "all"


class EnrolmentFilter(PageInput):
    """Which of the students of a class, by name."""

    q: Search = ""
    state: EnrolmentState = EnrolmentState.ALL


# ---------------------------------------------------------------- rows


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody's id and name."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """A student who could be enrolled."""

    id: UUID
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class with its teachers by name. `students` counts the enrolments in force today, by the school's calendar."""

    id: UUID
    school_id: UUID
    school_name: str
    school_zone: str
    name: str
    term: str | None
    starts_on: date | None
    ends_on: date | None
    leaderboard_mode: LeaderboardMode | None
    archived: bool
    teachers: tuple[PersonRow, ...] = ()
    students: int = 0

    @property
    def teacher_ids(self) -> list[UUID]:
        """Return who teaches the class."""
        return [teacher.id for teacher in self.teachers]


@dataclass(frozen=True, slots=True)
class StudentRow:
    """A student in a class: who they are, and their enrolment. `zone` is the zone in force for them."""

    user_id: UUID
    name: str
    email: str
    zone: str
    enrolment_id: UUID
    begins_on: date | None
    ends_on: date | None
    outcome: Outcome | None
    active: bool = True

    def state(self, today: date) -> EnrolmentState:
        """Return where the enrolment stands on a date."""
        if self.ends_on and self.ends_on < today:
            return EnrolmentState.ENDED
        return EnrolmentState.UPCOMING if self.begins_on and self.begins_on > today else EnrolmentState.CURRENT
