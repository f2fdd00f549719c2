"""The figures of docs/metrics.md, "Planner figures", as plain rows."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol
from uuid import UUID

from webapp.core.ratios import ratio

if TYPE_CHECKING:
    from datetime import date

NO_CATEGORY_KEY = UUID(int=0)


class Person(Protocol):
    """Whose figures: an id and the IANA name of the zone in force. Every `Viewer` is one."""

    @property
    def user_id(self) -> UUID:
        """Return the person's id."""

    @property
    def zone(self) -> str:
        """Return the person's zone."""


class Someone(NamedTuple):
    """A person other than the viewer."""

    user_id: UUID
    zone: str


class Narrowing(Enum):
    """Category filters that are no category's id."""

    EVERYTHING = "all"
    UNCATEGORISED = "none"


EVERYTHING = Narrowing.EVERYTHING
UNCATEGORISED = Narrowing.UNCATEGORISED
CategoryFilter = Narrowing | UUID


class Figures(NamedTuple):
    """Minutes and counts of one or more days of one person.

    `passed_minutes` are the scheduled minutes that have passed, missed ones included.
    """

    scheduled_minutes: int = 0
    studied_minutes: int = 0
    passed_minutes: int = 0
    focus_minutes: int = 0
    focus_available_minutes: int = 0
    completed_tasks_count: int = 0
    xp: int = 0
    lessons_completed: int = 0
    quiz_attempts: int = 0

    @property
    def focus_time_utilization(self) -> float | None:
        """Return focus / available, 0..1 to 4 decimals; None when nothing was available."""
        return ratio(self.focus_minutes, self.focus_available_minutes)

    @property
    def follow_through(self) -> float | None:
        """Return studied / passed, 0..1 to 4 decimals; None when no scheduled time has passed."""
        return ratio(self.studied_minutes, self.passed_minutes)


NO_FIGURES: Final = Figures()


class DayFigures(NamedTuple):
    """`Figures` of one local date; fields have the same meaning."""

    local_date: date
    scheduled_minutes: int = 0
    studied_minutes: int = 0
    passed_minutes: int = 0
    focus_minutes: int = 0
    focus_available_minutes: int = 0
    completed_tasks_count: int = 0
    xp: int = 0
    lessons_completed: int = 0
    quiz_attempts: int = 0

    @property
    def figures(self) -> Figures:
        """Return the figures without the date."""
        return Figures._make(self[1:])


class CategoryFigures(NamedTuple):
    """What of a range's figures belongs to one category; id, name and colour are None for no category."""

    category_id: UUID | None
    name: str | None
    color: str | None
    scheduled_minutes: int = 0
    studied_minutes: int = 0
    passed_minutes: int = 0
    focus_minutes: int = 0
    completed_tasks_count: int = 0
