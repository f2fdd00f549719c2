"""What points are given for, and how they are listed."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from webapp.xp.models import XpReason


class XpRules(NamedTuple):
    """How many points each thing is worth; `task_completed` is by priority, `goal_achieved` by the goal's period.

    A quiz is worth a point for every so many hundredths of a percent of its best score, rounded half-up.
    """

    task_completed: Mapping[str, int]
    lesson_completed: int = 20
    hundredths_per_quiz_point: int = 200
    goal_achieved: Mapping[str, int] = MappingProxyType({"daily": 25, "weekly": 50, "monthly": 100})


DEFAULT_RULES = XpRules(task_completed=MappingProxyType({"low": 5, "medium": 10, "high": 15}))


class Award(NamedTuple):
    """Points given for one cause; they count at the instant of that cause."""

    user_id: UUID
    school_id: UUID | None
    amount: int
    reason: XpReason
    source_id: UUID
    label: str
    earned_at: datetime


class XpRow(NamedTuple):
    """One line of a person's ledger: how many points, what for, and when they count."""

    id: UUID
    amount: int
    reason: XpReason
    label: str
    earned_at: datetime
