"""What the endpoints of the analytics answer; docs/metrics.md says what each figure means."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from pydantic import Field

from webapp.goals.api.answers import ProgressAnswer
from webapp.planner.models import Priority
from webapp.web.api import Answer, Count, Fraction, Instant


class RangeAnswer(Answer):
    """Local dates, both inclusive."""

    start: dt.date = Field(validation_alias="first")
    end: dt.date = Field(validation_alias="last")


class TopCategoryAnswer(Answer):
    """The category with the most scheduled minutes of a range."""

    category_id: UUID
    name: str
    minutes: Count


class QuickStatsAnswer(Answer):
    """The figures of the quick-stats widget; a fraction is null when there is nothing to divide by."""

    total_scheduled_minutes: Count
    studied_minutes: Count
    completed_tasks_count: Count
    focus_time_utilization: Fraction | None
    follow_through: Fraction | None
    top_category: TopCategoryAnswer | None
    streak_days_completed: Count
    range: RangeAnswer
    as_of: Instant


class CategoryMinutesAnswer(Answer):
    """A category's scheduled minutes; id, name and colour are null for tasks without one."""

    category_id: UUID | None
    name: str | None
    color: str | None
    minutes: Count = Field(validation_alias="scheduled_minutes")


class DayAnswer(Answer):
    """The figures of one local date."""

    date: dt.date = Field(validation_alias="local_date")
    scheduled_minutes: Count
    studied_minutes: Count
    focus_minutes: Count
    completed_tasks_count: Count
    xp: int


class TotalsAnswer(Answer):
    """The figures of a range."""

    scheduled_minutes: Count
    studied_minutes: Count
    focus_minutes: Count
    completed_tasks_count: Count
    xp: int
    completion_rate: Fraction | None
    focus_time_utilization: Fraction | None
    follow_through: Fraction | None


class DeltaAnswer(Answer):
    """The change against the period before; `delta_percent` is null when the earlier figure is 0."""

    delta: int | float | None
    delta_percent: float | None


class DeltasAnswer(Answer):
    """The change of each figure of `totals`."""

    scheduled_minutes: DeltaAnswer
    studied_minutes: DeltaAnswer
    focus_minutes: DeltaAnswer
    completed_tasks_count: DeltaAnswer
    xp: DeltaAnswer
    completion_rate: DeltaAnswer
    focus_time_utilization: DeltaAnswer
    follow_through: DeltaAnswer


class PriorityFiguresAnswer(Answer):
    """Tasks of a priority with a slot minute in the range, those of them completed, and their minutes."""

    priority: Priority
    tasks: Count
    completed: Count
    minutes: Count


class DashboardAnswer(Answer):
    """All that the dashboard shows for a range; `previous` is the range of equal length just before."""

    range: RangeAnswer
    categories: list[CategoryMinutesAnswer]
    daily: list[DayAnswer]
    totals: TotalsAnswer
    priorities: list[PriorityFiguresAnswer]
    goals: list[ProgressAnswer] = Field(description="Each goal in use in its running period, whatever the range.")
    previous: TotalsAnswer
    deltas: DeltasAnswer
