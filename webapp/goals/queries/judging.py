"""Which closed periods of a goal have a snapshot that can be trusted, and which must be computed now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.goals.slicing import in_force

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from webapp.core.periods import DateRange
    from webapp.goals.queries.rows import Kept
    from webapp.goals.slicing import Slicing, Terms


def judged(kept: Kept, slicing: Slicing, terms: Sequence[Terms], after: date | None = None) -> Iterator[DateRange]:
    """Yield the closed periods that have a snapshot by right, newest first: those at whose end the goal was in use.

    With `after`, those that ended later.
    """
    for period in slicing.closed(kept.row.time_period, kept.since, after):
        if in_force(terms, period.last).active:
            yield period


def untrusted(kept: Kept, slicing: Slicing, doubts: Iterable[date]) -> list[DateRange]:
    """Return the closed periods, newest first, that have no snapshot yet or hold a date in doubt."""
    kind = kept.row.time_period
    through = kept.trusted_through(slicing)
    missing = list(slicing.closed(kind, kept.since, through))
    if through is None:
        return missing
    oldest = slicing.first(kind, kept.since).first
    touched = {slicing.period(kind, day) for day in doubts if oldest <= day <= through}
    within = (period for period in touched if period.first >= oldest and period.last <= through)
    return missing + sorted(within, key=lambda period: period.first, reverse=True)
