"""What the quick stats and the dashboard hold, and what may be asked of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, NamedTuple

from pydantic import Field

from webapp.core.inputs import Input
from webapp.core.instants import LocalDate
from webapp.planner.models import Priority
from webapp.planner.types import CategoryChoice, CategoryRow

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from webapp.core.periods import DateRange
    from webapp.goals.types import GoalProgress
    from webapp.rollups.types import CategoryFigures, DayFigures


class ViewContext(StrEnum):
    """Where the quick stats stand."""

    CALENDAR = "calendar"
    TASKS = "tasks"
    DASHBOARD = "dashboard"


class RangeInput(Input):
    """A range of local dates: a preset (`period` or `date_range`, such as `7d` or `monthly`) or two dates."""

    period: str | None = Field(default=None, max_length=20)
    date_range: str | None = Field(default=None, max_length=20)
    start_date: LocalDate | None = None
    end_date: LocalDate | None = None


class QuickStatsInput(RangeInput):
    """What the quick stats are asked for."""

    view_context: ViewContext = ViewContext.DASHBOARD


class DashboardInput(RangeInput):
    """What the dashboard is asked for; `category_id` narrows it, `none` to what has no category."""

    category_id: CategoryChoice = None


class BoardInput(DashboardInput):
    """What the dashboard page is asked for; `compare` shows the period before in charts and what belongs to them."""

    compare: bool = False


class ExportInput(RangeInput):
    """What the daily export is asked for; any `format` but CSV is refused."""

    format: Literal["csv"] = "csv"


class Figure(StrEnum):
    """A figure whose rows can be opened."""

    SCHEDULED_MINUTES = "scheduled_minutes"
    STUDIED_MINUTES = "studied_minutes"
    FOCUS_MINUTES = "focus_minutes"
    FOCUS_TIME_UTILIZATION = "focus_time_utilization"
    FOLLOW_THROUGH = "follow_through"
    COMPLETED_TASKS_COUNT = "completed_tasks_count"
    COMPLETION_RATE = "completion_rate"
    XP = "xp"
    LESSONS_COMPLETED = "lessons_completed"
    STREAK_DAYS_COMPLETED = "streak_days_completed"


class Card(StrEnum):
    """A part of the dashboard that has a table and a CSV of its own."""

    DAILY = "daily"
    CATEGORIES = "categories"
    PRIORITIES = "priorities"
    TOTALS = "totals"


class CardInput(BoardInput):
    """Which card's table is wanted."""

    card: Card = Card.DAILY


class ExplainInput(BoardInput):
    """Which figure is to be explained; `priority` narrows to tasks of that priority."""

    figure: Figure
    priority: Priority | None = None
    limit: int = Field(default=50, ge=1, le=100)
    offset: int = Field(default=0, ge=0, le=1_000_000)


class TopCategory(NamedTuple):
    """The category with the most scheduled minutes of a range."""

    category_id: UUID
    name: str
    minutes: int


class Totals(NamedTuple):
    """The figures of a range; fractions are 0..1 to 4 decimals, None where METRICS.md says null."""

    scheduled_minutes: int
    studied_minutes: int
    focus_minutes: int
    completed_tasks_count: int
    xp: int
    completion_rate: float | None
    focus_time_utilization: float | None
    follow_through: float | None


class Delta(NamedTuple):
    """The change against the period before; None where one side has no figure or the earlier one is 0."""

    delta: int | float | None
    delta_percent: float | None


class PriorityFigures(NamedTuple):
    """Tasks of a priority that have a slot minute in the range, those of them completed, and their minutes."""

    priority: Priority
    tasks: int
    completed: int
    minutes: int


@dataclass(frozen=True, slots=True)
class QuickStats:
    """The eight figures of the widget; the same as the API's `quick-stats`, with changes for the widget.

    `deltas` are those of the figures that have a period before. `valid_until` is the next instant at which time alone
    changes a figure.
    """

    total_scheduled_minutes: int
    studied_minutes: int
    completed_tasks_count: int
    focus_time_utilization: float | None
    follow_through: float | None
    top_category: TopCategory | None
    streak_days_completed: int
    range: DateRange
    as_of: datetime
    deltas: dict[str, Delta]
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class Dashboard:
    """All that the dashboard shows for a range; `daily_before` are the days of the period before, if asked for.

    `quick` are the quick stats of the range, if asked for; no category narrows them.
    `goals` are those in use, in the periods that run now, for the API.
    `known_categories` are all that one may narrow it to.
    """

    range: DateRange
    before: DateRange
    category_id: UUID | Literal["none"] | None
    categories: list[CategoryFigures]
    known_categories: list[CategoryRow]
    daily: list[DayFigures]
    daily_before: list[DayFigures]
    totals: Totals
    previous: Totals
    deltas: dict[str, Delta]
    priorities: list[PriorityFigures]
    as_of: datetime
    valid_until: datetime
    quick: QuickStats | None = None
    goals: list[GoalProgress] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One row behind a figure, with what it gives to the sum."""

    title: str
    when: datetime
    until: datetime | None
    note: str
    value: int
    task_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The rows behind a figure: `total` is what they sum to, `of` the second sum where the figure is a fraction."""

    figure: Figure
    rows: list[EvidenceRow]
    count: int
    total: int
    of: int | None
    value: float | None
