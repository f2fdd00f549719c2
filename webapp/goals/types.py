"""What goals take in and give out; what the figures mean stands in docs/metrics.md, "Goals"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - the API reads the types of rows when it answers
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator

from webapp.core.inputs import Input, PageInput, storable
from webapp.core.instants import LocalDate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webapp.core.periods import DateRange

MAXIMUM_GOALS: Final = 200


class TargetType(StrEnum):
    """What a goal counts."""

    MINUTES = "minutes"
    PERCENTAGE = "percentage"
    TASK_COUNT = "task_count"
    XP = "xp"
    LESSONS = "lessons"


class TimePeriod(StrEnum):
    """How long one round of a goal lasts, in local dates."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class GoalStatus(StrEnum):
    """How a goal stands in one of its periods."""

    ACHIEVED = "achieved"
    MISSED = "missed"
    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    BEHIND = "behind"


# The highest target of each type; the lowest is 1.
HIGHEST: Final[Mapping[TargetType, int]] = MappingProxyType(
    {
        TargetType.MINUTES: 44_640,
        TargetType.PERCENTAGE: 100,
        TargetType.TASK_COUNT: 1_000,
        TargetType.XP: 1_000_000,
        TargetType.LESSONS: 1_000,
    }
)
# The types that can be narrowed to one category.
WITH_CATEGORY: Final = frozenset({TargetType.MINUTES, TargetType.PERCENTAGE, TargetType.TASK_COUNT})


def checked_target(target_type: TargetType, value: int) -> int:
    """Return a target that the type allows, or raise ValueError with a sentence that says which it does."""
    if not 1 <= value <= HIGHEST[target_type]:
        raise ValueError(f"Choose a target from 1 to {HIGHEST[target_type]:,}.")
    return value


def checked_category(target_type: TargetType, category_id: UUID | None) -> UUID | None:
    """Return the category, or raise ValueError where the type cannot have one."""
    if category_id is not None and target_type not in WITH_CATEGORY:
        raise ValueError("A goal for XP or for lessons counts all of them; leave the category out.")
    return category_id


GoalName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(storable)
]


# ---------------------------------------------------------------- inputs


class GoalInput(Input):
    """A new goal. A category is allowed for minutes, percentage and task_count."""

    name: GoalName
    target_type: TargetType
    target_value: int
    time_period: TimePeriod
    category_id: UUID | None = None
    active: bool = True

    @field_validator("target_value")
    @classmethod
    def _within_limits(cls, value: int, info: ValidationInfo) -> int:
        return checked_target(info.data["target_type"], value) if "target_type" in info.data else value

    @field_validator("category_id")
    @classmethod
    def _where_allowed(cls, value: UUID | None, info: ValidationInfo) -> UUID | None:
        return checked_category(info.data["target_type"], value) if "target_type" in info.data else value


class GoalChange(Input):
    """Changes to a goal: the fields given. `goal_id` may be sent back as it is.

    Limits depend on the type, which may be the present one: the service checks the goal as it would become.
    """

    name: GoalName = Field(default_factory=str)
    target_type: TargetType = Field(default_factory=lambda: TargetType.MINUTES)
    target_value: int = Field(default_factory=int)
    time_period: TimePeriod = Field(default_factory=lambda: TimePeriod.DAILY)
    category_id: UUID | None = None
    active: bool = Field(default_factory=bool)
    goal_id: UUID | None = None


class ProgressFilter(PageInput):
    """Which periods: of one kind, or all; those that hold `start_date`, today unless given."""

    period: TimePeriod | None = None
    start_date: LocalDate | None = None


# ---------------------------------------------------------------- rows


@dataclass(frozen=True, slots=True)
class GoalRow:
    """A goal; `category_name` and `color` (a palette key) are None without a category."""

    id: UUID
    name: str
    target_type: TargetType
    target_value: int
    time_period: TimePeriod
    category_id: UUID | None
    category_name: str | None
    color: str | None
    active: bool
    created_at: datetime


class Standing(NamedTuple):
    """What was reached against a target, exactly: `amount` of `target`, for a percentage as amount / whole.

    `amount` are minutes, tasks, XP or lessons; `whole` are the scheduled minutes that have passed, and matters for
    a percentage only.
    """

    target_type: TargetType
    target: int
    amount: int
    whole: int = 0


@dataclass(frozen=True, slots=True)
class GoalProgress:
    """How a goal stands in one period, as of the moment of asking.

    `goal.target_value` is the target in force in that period. `achieved_value` and `forecast` are whole numbers,
    for a percentage rounded half-up to 2 decimals; `planned` are the future slot minutes left in the period.
    `elapsed` is the fraction of the period's real seconds that have passed; `pace` the same with rest days left out,
    by which the status judges. `days_left` are the period's dates that are not over, today among them.
    `rest` tells that every date of the period is a rest day.
    `streak` is the goal's own as of now, whichever period was asked for.
    `valid_until` is an instant before which nothing here changes by time alone, but for `elapsed` and `pace`.
    """

    goal: GoalRow
    period: DateRange
    achieved_value: float
    percent_complete: float
    status: GoalStatus
    forecast: float
    planned: int
    elapsed: float
    pace: float
    days_left: int
    rest: bool
    streak: int
    valid_until: datetime

    @property
    def goal_id(self) -> UUID:
        """Return the goal's id."""
        return self.goal.id

    @property
    def name(self) -> str:
        """Return the goal's name."""
        return self.goal.name

    @property
    def target_type(self) -> TargetType:
        """Return what the goal counts."""
        return self.goal.target_type

    @property
    def target_value(self) -> int:
        """Return the target in force in the period."""
        return self.goal.target_value


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    """One period of a goal's history, with the target in force at its end.

    `closed` tells that the period is over; only the newest may still run. `rest` tells that every date of it is a
    rest day.
    """

    goal_id: UUID
    period: DateRange
    target_value: int
    achieved_value: float
    percent_complete: float
    status: GoalStatus
    closed: bool
    rest: bool = False
