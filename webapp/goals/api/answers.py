"""What the endpoints of goals answer; docs/metrics.md, "Goals", says what each figure means."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from uuid import UUID

from pydantic import Field

from webapp.goals.types import GoalStatus, TargetType, TimePeriod
from webapp.web.api import Answer, Count

Reached = Annotated[int | float, Field(description="A whole number; for percentage, rounded half-up to 2 decimals.")]
Percent = Annotated[float, Field(ge=0, le=999.99, description="Rounded half-up to 2 decimals, at most 999.99.")]


class PeriodAnswer(Answer):
    """Local dates, both inclusive."""

    start: dt.date = Field(validation_alias="first")
    end: dt.date = Field(validation_alias="last")


class GoalAnswer(Answer):
    """A goal; one that is not active is paused."""

    goal_id: UUID = Field(validation_alias="id")
    name: str
    target_type: TargetType
    target_value: int
    time_period: TimePeriod
    category_id: UUID | None
    active: bool


class ProgressAnswer(Answer):
    """How a goal stands in one period; `target_value` is the target in force in it."""

    goal_id: UUID
    name: str
    target_type: TargetType
    target_value: int
    period: PeriodAnswer
    achieved_value: Reached
    percent_complete: Percent
    status: GoalStatus
    forecast: Reached
    streak: Count


class SnapshotAnswer(Answer):
    """What became of a goal in one period, judged by the target in force at its end; the newest may still run."""

    period: PeriodAnswer
    target_value: int
    achieved_value: Reached
    percent_complete: Percent
    status: GoalStatus
    closed: bool
