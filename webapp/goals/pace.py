"""How much of a period has passed, in real seconds, and when it will be how much; pure (docs/metrics.md, "Goals")."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from webapp.core.timezones import range_bounds
from webapp.rest.calendar import NO_REST

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.core.periods import DateRange
    from webapp.rest.calendar import Rest

_NOTHING: Final = timedelta(0)
_MICROSECOND: Final = timedelta(microseconds=1)


def elapsed(zone: str, period: DateRange, now: datetime) -> Fraction:
    """Return the fraction of the period's real seconds that have passed, 0..1."""
    start, end = range_bounds(zone, period.first, period.last)
    if now >= end:
        return Fraction(1)
    return Fraction((now - start) // _MICROSECOND, (end - start) // _MICROSECOND) if now > start else Fraction(0)


class Pace:
    """The time of a period that counts: its dates without those of rest."""

    def __init__(self, zone: str, period: DateRange, rest: Rest = NO_REST) -> None:
        """Cut the period into stretches of dates that count."""
        stretches: list[tuple[datetime, datetime]] = []
        first = None
        for day in period:
            if day in rest:
                first = None
                continue
            if first is None:
                first = day
                stretches.append(range_bounds(zone, first, day))
            else:
                stretches[-1] = range_bounds(zone, first, day)
        self._stretches = stretches
        self._total = sum((end - start for start, end in stretches), _NOTHING)

    @property
    def rests(self) -> bool:
        """Tell whether no time of the period counts."""
        return not self._total

    def passed(self, now: datetime) -> Fraction:
        """Return the fraction of the time that counts that has passed, 0..1; 0 where none counts."""
        if not self._total:
            return Fraction(0)
        gone = sum((min(now, end) - start for start, end in self._stretches if now > start), _NOTHING)
        return Fraction(gone // _MICROSECOND, self._total // _MICROSECOND)

    def last_instant_at(self, fraction: Fraction) -> datetime | None:
        """Return the last instant at which no more than the fraction has passed; None where more never passes."""
        left = fraction * (self._total // _MICROSECOND)
        for start, end in self._stretches:
            length = (end - start) // _MICROSECOND
            if left < length:
                return start + int(left) * _MICROSECOND
            left -= length
        return None
