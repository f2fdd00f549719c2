"""What points are given for, and how they are listed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pydantic import Field

from webapp.core.inputs import PageInput
from webapp.core.instants import LocalDate
from webapp.xp.models import XpReason

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class XpRules:
    """How many points each thing is worth; the defaults of METRICS.md "XP"."""

    task_completed: Mapping[str, int] = field(
        default_factory=lambda: MappingProxyType({"low": 5, "medium": 10, "high": 15})
    )


DEFAULT_RULES = XpRules()


class XpFilter(PageInput):
    """Which entries of the ledger; local dates, both inclusive."""

    start_date: LocalDate | None = Field(default=None)
    end_date: LocalDate | None = Field(default=None)


@dataclass(frozen=True, slots=True)
class Award:
    """Points as they stand for one cause: an award, or what was taken back of it."""

    user_id: UUID
    school_id: UUID | None
    amount: int
    reason: XpReason
    source_id: UUID
    label: str
    earned_at: datetime

    def as_json(self) -> dict[str, Any]:
        """Return the award in a form that JSON can hold."""
        return {"amount": self.amount, "reason": self.reason.value, "label": self.label, "earned_at": self.earned_at.isoformat()}


@dataclass(frozen=True, slots=True)
class XpRow:
    """One line of a person's ledger: how many points, what for, and when they count."""

    id: UUID
    amount: int
    reason: XpReason
    label: str
    earned_at: datetime
