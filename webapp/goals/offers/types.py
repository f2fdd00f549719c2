"""What offers of goals take in and give out (docs/metrics.md, "Offered goals")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pydantic import ValidationInfo, field_validator

from webapp.core.inputs import Input
from webapp.goals.types import GoalName, GoalRow, TargetType, TimePeriod, checked_target

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from webapp.goals.types import GoalStatus

MAXIMUM_OFFERS: Final = 50
# Figures about fewer people are withheld from those below manager who do not teach all of them.
FEW: Final = 5


class OfferInput(Input):
    """A goal to offer; categories are each person's own, so it has none."""

    name: GoalName
    target_type: TargetType
    target_value: int
    time_period: TimePeriod

    @field_validator("target_value")
    @classmethod
    def _within_limits(cls, value: int, info: ValidationInfo) -> int:
        return checked_target(info.data["target_type"], value) if "target_type" in info.data else value


@dataclass(frozen=True, slots=True)
class OfferRow:
    """An offer to a class that stands."""

    id: UUID
    class_id: UUID
    class_name: str
    name: str
    target_type: TargetType
    target_value: int
    time_period: TimePeriod
    created_at: datetime

    @property
    def goal(self) -> GoalRow:
        """Return the goal that a student would have of it."""
        measure = (self.target_type, self.target_value, self.time_period)
        return GoalRow(self.id, self.name, *measure, None, None, None, True, self.created_at)


@dataclass(frozen=True, slots=True)
class OfferCounts:
    """How the students of a class who are enrolled now stand to an offer.

    `statuses` are those of the running period, as each student's own page says; with `stopped`, whose goal is paused
    or deleted, they sum to `accepted`. All counts are 0 where they are `withheld`.
    """

    offer: OfferRow
    students: int
    pending: int
    declined: int
    accepted: int
    statuses: Mapping[GoalStatus, int]
    stopped: int
    withheld: bool = False
