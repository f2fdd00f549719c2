"""What the list of students at risk takes in and gives out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator

from webapp.at_risk.scoring import DEFAULTS, Level, Thresholds, Verdict
from webapp.core.inputs import Input, PageInput, storable

if TYPE_CHECKING:
    from datetime import date, datetime

    from webapp.core.paging import Listing

LIVE_STUDENTS: Final = 300
"""Up to so many students are looked at when asked; of more, what was found last is read."""

MOST_RECIPIENTS: Final = 50
MOST_A_DAY: Final = 200

Days = Annotated[int, Field(ge=2, le=90)]
Share = Annotated[int, Field(ge=1, le=100)]
Number = Annotated[int, Field(ge=1, le=50)]
Subject = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=150), AfterValidator(storable)
]
Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4_000), AfterValidator(storable)
]


# ---------------------------------------------------------------- inputs


class RiskFilter(PageInput):
    """Which students at risk: of one class, of one level."""

    class_id: UUID | None = None
    level: Level | None = None


class RulesForm(Input):
    """From which figures on a school looks at a student; empty leaves the reason out."""

    absent_days: Days | None = None
    fall_percent: Share | None = None
    unsubmitted: Number | None = None
    low_score: Share | None = None
    score_fall: Share | None = None
    missed_percent: Share | None = None
    goals_behind: Number | None = None
    medium_from: Share = DEFAULTS.medium_from
    high_from: Share = DEFAULTS.high_from

    @field_validator("high_from")
    @classmethod
    def _above_medium(cls, value: int, info: ValidationInfo) -> int:
        if value <= info.data.get("medium_from", 0):
            message = "High must begin above medium."
            raise ValueError(message)
        return value

    @property
    def thresholds(self) -> Thresholds:
        """Return them as the scoring takes them."""
        return Thresholds(**self.model_dump())


class DraftQuery(Input):
    """To which students, of classes that one looks after, a message is to be drafted."""

    user_ids: list[UUID] = Field(default_factory=list, max_length=MOST_RECIPIENTS)


class MessageForm(Input):
    """A message as it was edited. `id` was made with the draft, so that the same form sends once."""

    id: UUID
    user_ids: list[UUID] = Field(min_length=1, max_length=MOST_RECIPIENTS)
    subject: Subject
    text: Words


# ---------------------------------------------------------------- rows


@dataclass(frozen=True, slots=True)
class Steps:
    """Whether a student has begun anything of their class's courses, completed all lessons, and was not seen lately."""

    started: bool
    completed: bool
    quiet: bool


@dataclass(frozen=True, slots=True)
class RiskRow:
    """A student in a class, and what was found; `steps` only where it was computed for the answer."""

    class_id: UUID
    class_name: str
    user_id: UUID
    name: str
    verdict: Verdict
    steps: Steps | None = None


@dataclass(frozen=True, slots=True)
class RiskCounts:
    """How many students were looked at, and how many of them are at which level; one in two classes counts twice.

    `started` have begun a lesson or quiz of their class's courses, `completed` have completed all of its lessons,
    `quiet` had no activity on the last 14 dates or today.
    """

    students: int = 0
    high: int = 0
    medium: int = 0
    low: int = 0
    started: int = 0
    completed: int = 0
    quiet: int = 0

    @property
    def at_risk(self) -> int:
        """Return how many have any reason."""
        return self.high + self.medium + self.low


@dataclass(frozen=True, slots=True)
class RiskReport:
    """A page of the list, highest score first, and the counts of all of it whatever the level asked for.

    `as_of` is the moment whose figures these are, the oldest where classes differ; None where nobody was looked at yet.
    `live` says that they were computed for this answer.
    """

    listing: Listing[RiskRow]
    counts: RiskCounts
    as_of: datetime | None
    live: bool


@dataclass(frozen=True, slots=True)
class RecipientRow:
    """A student who is to be written to."""

    id: UUID
    school_id: UUID
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Pupil:
    """A student in a class, as the figures need them. `begin` is the first date on which they count as in it."""

    class_id: UUID
    class_name: str
    user_id: UUID
    name: str
    sort_name: tuple[str, str]
    begin: date
