"""What is asked of the weekly report, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import Field

from webapp.core.inputs import Input

if TYPE_CHECKING:
    from datetime import date, datetime

    from webapp.at_risk.types import RiskReport
    from webapp.core.periods import DateRange
    from webapp.core.permissions import Viewer
    from webapp.goals.offers.types import OfferCounts
    from webapp.overview.scopes import Scope
    from webapp.overview.types import ClassPerformance, CourseRow, Measures


class WeekQuery(Input):
    """Which week, such as `2026-W47`, the last one that is over unless given; `school_id` is for admins."""

    week: str | None = Field(default=None, max_length=20)
    school_id: UUID | None = None


class Part(StrEnum):
    """A table of the report."""

    FIGURES = "figures"
    CLASSES = "classes"
    AT_RISK = "at_risk"


class TableQuery(WeekQuery):
    """Which table of which week."""

    part: Part = Part.FIGURES


class ChoiceInput(Input):
    """Whether the report is to come by mail; a box that is not ticked is not sent."""

    wanted: bool = False


@dataclass(frozen=True, slots=True)
class ClassLine:
    """A class in the week and in the week before; None where it was not in the scope yet."""

    now: ClassPerformance
    before: ClassPerformance | None


@dataclass(frozen=True, slots=True)
class WeeklyReport:
    """A week of a school or of a teacher's classes, against the week before.

    `classes` are all of them, those with the most students at high risk first; `offers` are the goals offered to the
    first of these, as they stood when the week ended. Risk and completion are as of now, `courses` how far each is.
    """

    scope: Scope
    scope_words: str
    week: DateRange
    measures: Measures
    before: Measures
    classes: tuple[ClassLine, ...]
    risk: RiskReport
    courses: tuple[CourseRow, ...]
    offers: tuple[OfferCounts, ...]

    @property
    def is_running(self) -> bool:
        """Tell whether the week is not over."""
        return self.scope.today <= self.week.last

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to say: nobody studies here, and nothing happened."""
        found = self.measures
        return not (found.students_total or found.activities or found.xp or self.risk.counts.students)


@dataclass(frozen=True, slots=True)
class Due:
    """Somebody whose report is due, and the Monday that it is due for."""

    viewer: Viewer
    monday: date


@dataclass(frozen=True, slots=True)
class Delivery:
    """Whether the report is for somebody at all, whether they get it by mail, and when the next one is due."""

    offered: bool
    wanted: bool
    next_at: datetime | None
