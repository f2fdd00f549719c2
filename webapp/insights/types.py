"""What a finding is made of (docs/metrics.md, "Insights")."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from webapp.core.periods import DateRange

NO_CATEGORY = "No category"


class Kind(StrEnum):
    """What a finding is about. Findings of equal strength stand in this order."""

    GOAL_PACE = "goal_pace"
    WEEK_IN_REVIEW = "week_in_review"
    PLANNED_NOT_DONE = "planned_not_done"
    OVER_PLANNING = "over_planning"
    UNDER_PLANNING = "under_planning"
    PLANNING_TREND = "planning_trend"
    BEST_HOURS = "best_hours"
    BEST_WEEKDAYS = "best_weekdays"
    RELIABLE_HOURS = "reliable_hours"
    RELIABLE_WEEKDAYS = "reliable_weekdays"
    FOCUS_WINDOWS = "focus_windows"


class Unit(StrEnum):
    """What a number counts; a fraction is 0..1, a percent 0..100."""

    MINUTES = "minutes"
    FRACTION = "fraction"
    PERCENT = "percent"
    TASKS = "tasks"
    LESSONS = "lessons"
    XP = "xp"
    DAYS = "days"
    WEEKS = "weeks"
    COUNT = "count"


class Measure(NamedTuple):
    """A figure behind a finding; `name` stays the same from release to release, None is null.

    `of` says which of several things it is of, such as one of two weeks.
    """

    name: str
    title: str
    value: float | None
    unit: Unit
    of: str = ""

    @property
    def label(self) -> str:
        """Return what it is, and of what."""
        return f"{self.title} {self.of}" if self.of else self.title


class Comparison(NamedTuple):
    """One of the hours, weekdays, weeks or categories that a finding was picked from; minutes planned and studied."""

    label: str
    planned: int
    studied: int


class Link(NamedTuple):
    """A page, by endpoint and the parameters of its address."""

    endpoint: str
    values: Mapping[str, str]


class Need(NamedTuple):
    """Data without which a topic is silent: how much is the least, and how much is there."""

    what: str
    least: int
    there: int
    unit: Unit

    @property
    def met(self) -> bool:
        """Tell whether there is enough."""
        return self.there >= self.least


@dataclass(frozen=True, slots=True)
class Insight:
    """A finding. `rows` is the page with the rows behind it, `strength` 0..1 to 4 decimals what it is ordered by.

    `subject_id` is the category or goal that it is about, where there may be several findings of one kind.
    """

    kind: Kind
    title: str
    sentence: str
    figures: tuple[Measure, ...]
    range: DateRange
    rows: Link
    strength: float
    subject_id: UUID | None = None
    comparison: tuple[Comparison, ...] = ()


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing that was looked for: what that needs, and what was found, strongest first."""

    kind: Kind
    title: str
    needs: tuple[Need, ...]
    found: tuple[Insight, ...] = ()

    @property
    def has_enough(self) -> bool:
        """Tell whether there is enough data to say anything."""
        return all(need.met for need in self.needs)


@dataclass(frozen=True, slots=True)
class Report:
    """All that was looked for. `valid_until` is the next instant at which time alone changes something in it."""

    range: DateRange
    topics: tuple[Topic, ...]
    as_of: datetime
    valid_until: datetime

    @property
    def items(self) -> list[Insight]:
        """Return every finding, strongest first, then in the order of `Kind`, then by sentence."""
        order = list(Kind)
        found = [insight for topic in self.topics for insight in topic.found]
        return sorted(found, key=lambda each: (-each.strength, order.index(each.kind), each.sentence))

    @property
    def silent(self) -> list[Topic]:
        """Return the topics that nothing is said about."""
        return [topic for topic in self.topics if not topic.found]
