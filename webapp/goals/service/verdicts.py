"""Which closed periods earn XP, and what a goal that counts XP then stands at (docs/metrics.md, "XP of goals"); pure.

XP for a goal counts at the last minute of its period, within the period of every goal that ends on the same date.
A goal that counts XP could therefore hold itself up. So the dates on which periods end are gone through in order,
and at each one the XP of the periods that end there is left out at first, and then given to one after the other, as
far as what was given makes further targets reached. The result does not depend on what had been given before.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from webapp.goals import rules
from webapp.goals.types import TargetType

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from webapp.core.periods import DateRange
    from webapp.goals.types import Standing
    from webapp.xp.types import Award


@dataclass(slots=True, eq=False)
class Closing:
    """One closed period of one goal: what stands in the ledger for it, dated, and what it is worth if achieved.

    `standing` counts the whole ledger as it is; `judge` brings it to what it will be.
    """

    period: DateRange
    standing: Standing
    worth: int
    given: list[tuple[date, Award]] = field(default_factory=list)

    @property
    def counts_xp(self) -> bool:
        """Tell whether XP given for goals is part of what it counts."""
        return self.standing.target_type is TargetType.XP

    @property
    def achieved(self) -> bool:
        """Tell whether the target is reached."""
        return rules.is_achieved(self.standing)

    def add(self, amount: int) -> None:
        """Count so much more."""
        self.standing = self.standing._replace(amount=self.standing.amount + amount)


def judge(closings: Iterable[Closing]) -> dict[date, int]:
    """Settle the closed periods of one person, and return by how much XP changes on each date.

    Of each date that any of the periods ends on, all of the person's periods that end on it must be there.
    """
    changes: dict[date, int] = defaultdict(int)
    by_end: dict[date, list[Closing]] = defaultdict(list)
    for closing in closings:
        by_end[closing.period.last].append(closing)
    for end in sorted(by_end):
        _judge_date(end, by_end[end], changes)
    return changes


def _judge_date(end: date, group: list[Closing], changes: dict[date, int]) -> None:
    for closing in group:
        for day, award in closing.given:
            changes[day] -= award.amount
    counting = [closing for closing in group if closing.counts_xp]
    for closing in counting:
        closing.add(sum(change for day, change in changes.items() if day in closing.period))
    waiting = group
    while reached := [closing for closing in waiting if closing.achieved]:
        waiting = [closing for closing in waiting if not closing.achieved]
        bonus = sum(closing.worth for closing in reached)
        changes[end] += bonus
        for closing in counting:
            closing.add(bonus)
