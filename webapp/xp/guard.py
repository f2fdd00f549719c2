"""The guard against farming: which of a person's awards count (docs/metrics.md, "Farming"); pure.

It judges the work that stands, in the order in which it was done, so that doing and undoing leaves no trace.
"""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from webapp.core.text import folded
from webapp.xp.models import Note, XpReason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from webapp.xp.types import Award

SAME_WITHIN: Final = timedelta(minutes=3)
MANY_WITHIN: Final = timedelta(minutes=1)
MOST_AT_ONCE: Final = 10


def in_order(awards: Sequence[Award]) -> list[Award]:
    """Return awards in the order in which they are judged."""
    return sorted(awards, key=lambda award: (acted(award), award.earned_at, award.source_id))


def acted(award: Award) -> datetime:
    """Return when the person did it."""
    return award.acted_at or award.earned_at


def judge(before: Sequence[Award], awards: Sequence[Award]) -> list[Award]:
    """Return the awards in order, each counted in full or held back.

    `before` are those of the last minutes before the first, which are judged already; all are one person's.
    """
    judgement = _Judgement()
    for award in in_order(before):
        if award.amount:
            judgement.count(award)
    return [judgement.judged(award) for award in in_order(awards)]


class _Judgement:
    """What counted so far."""

    def __init__(self) -> None:
        self.last: dict[str, datetime] = {}
        self.recent: deque[datetime] = deque(maxlen=MOST_AT_ONCE)

    def judged(self, award: Award) -> Award:
        held_back = self._why_not(award)
        if held_back:
            return award._replace(amount=0, withheld=award.nominal, note=held_back.value)
        self.count(award)
        return award._replace(amount=award.nominal, withheld=0, note=Note.COUNTED.value if award.withheld else None)

    def count(self, award: Award) -> None:
        self.recent.append(acted(award))
        if award.reason is XpReason.TASK_COMPLETED:
            self.last[folded(award.label)] = acted(award)

    def _why_not(self, award: Award) -> Note | None:
        when = acted(award)
        last = self.last.get(folded(award.label)) if award.reason is XpReason.TASK_COMPLETED else None
        if last is not None and when - last < SAME_WITHIN:
            return Note.REPEATED
        many = len(self.recent) == MOST_AT_ONCE and when - self.recent[0] < MANY_WITHIN
        return Note.TOO_MANY if many else None
