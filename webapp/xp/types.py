"""What points are given for, and how they are listed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - Pydantic reads the types
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

from pydantic import Field

from webapp.core.inputs import Input, PageInput
from webapp.core.instants import LocalDate
from webapp.xp.models import Note, XpReason

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

MOST: Final = 1_000


class XpRules(NamedTuple):
    """How many points each thing is worth; `task_completed` is by priority, `goal_achieved` by the goal's period.

    A quiz is worth its share of `quiz_full_score`, by its best score, rounded half-up.
    """

    task_completed: Mapping[str, int]
    lesson_completed: int = 20
    quiz_full_score: int = 50
    goal_achieved: Mapping[str, int] = MappingProxyType({"daily": 25, "weekly": 50, "monthly": 100})


DEFAULT_RULES = XpRules(task_completed=MappingProxyType({"low": 5, "medium": 10, "high": 15}))


class Award(NamedTuple):
    """Points given for one cause; they count at the instant of that cause.

    `withheld` is what the guard against farming does not count of them. `acted_at` is when the person did it, given
    where the guard shall look: what was planned long before, and what no hand of theirs did, has none.
    """

    user_id: UUID
    school_id: UUID | None
    amount: int
    reason: XpReason
    source_id: UUID
    label: str
    earned_at: datetime
    withheld: int = 0
    acted_at: datetime | None = None
    note: str | None = None

    @property
    def nominal(self) -> int:
        """Return what it is worth by the rules, counted or not."""
        return self.amount + self.withheld

    def reversed(self, note: Note) -> Award:
        """Return the line that takes this one back."""
        return self._replace(amount=-self.amount, withheld=-self.withheld, note=note.value)


@dataclass(frozen=True, slots=True)
class XpRow:
    """One line of a person's ledger: how many points, what for, and when they count.

    `label` is empty where what it was for was deleted; `withheld` are points that were not counted.
    """

    id: UUID
    amount: int
    reason: XpReason
    label: str
    earned_at: datetime
    withheld: int = 0
    note: str | None = None
    created_at: datetime | None = None


Worth = Annotated[int, Field(ge=0, le=MOST)]


class RulesInput(Input):
    """What a school gives points for, 0 to 1,000 each; `quiz_full_score` is for all of a quiz right."""

    task_low: Worth
    task_medium: Worth
    task_high: Worth
    lesson_completed: Worth
    quiz_full_score: Worth
    goal_daily: Worth
    goal_weekly: Worth
    goal_monthly: Worth


class LedgerFilter(PageInput):
    """Which lines of one's ledger: of a reason, and between two local dates, both inclusive."""

    reason: XpReason | None = None
    first: LocalDate | None = None
    last: LocalDate | None = None
