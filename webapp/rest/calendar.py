"""The dates on which one person rests, as an object that streaks can ask (docs/metrics.md, "Rest")."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webapp.rest.types import Span

FIRST: Final = date.min.toordinal()
LAST: Final = date.max.toordinal()


class Rest:
    """A set of local dates without end: `day in rest` tells whether the person rests on the date."""

    __slots__ = ("_ends", "_starts")

    def __init__(self, off: Iterable[Span] = (), terms: Iterable[Span] = ()) -> None:
        """Take the dates off (holidays and days off) and the terms; without any term every date is within one."""
        taught = _merged((span.first.toordinal(), span.last.toordinal()) for span in terms)
        free = ((span.first.toordinal(), span.last.toordinal()) for span in off)
        stretches = _merged([*free, *_between(taught)])
        self._starts = [first for first, _ in stretches]
        self._ends = [last for _, last in stretches]

    def __contains__(self, day: date) -> bool:
        """Tell whether the person rests on the local date."""
        number = day.toordinal()
        place = bisect_right(self._starts, number)
        return place > 0 and number <= self._ends[place - 1]

    def __bool__(self) -> bool:
        """Tell whether there is any date of rest."""
        return bool(self._starts)

    def dates(self, first: date, last: date) -> frozenset[date]:
        """Return the dates of rest from first to last, both inclusive."""
        if not self._starts:
            return frozenset()
        days = map(date.fromordinal, range(first.toordinal(), last.toordinal() + 1))
        return frozenset(day for day in days if day in self)

    def stretches(self, first: date, last: date) -> list[tuple[date, date]]:
        """Return the dates of rest from first to last as stretches in order, each as its first and last date."""
        low, high = first.toordinal(), last.toordinal()
        inside = zip(self._starts, self._ends, strict=True)
        parts = ((max(start, low), min(end, high)) for start, end in inside)
        return [(date.fromordinal(start), date.fromordinal(end)) for start, end in parts if start <= end]


class _Stretch(NamedTuple):
    first: int
    last: int


def _merged(stretches: Iterable[tuple[int, int]]) -> list[_Stretch]:
    """Return the same dates as stretches in order that neither overlap nor touch."""
    found: list[_Stretch] = []
    for first, last in sorted(stretches):
        if found and first <= found[-1].last + 1:
            found[-1] = _Stretch(found[-1].first, max(last, found[-1].last))
        else:
            found.append(_Stretch(first, last))
    return found


def _between(terms: list[_Stretch]) -> list[tuple[int, int]]:
    """Return the dates before, between and after the terms; nothing where there is no term."""
    if not terms:
        return []
    firsts = [FIRST, *(term.last + 1 for term in terms)]
    lasts = [*(term.first - 1 for term in terms), LAST]
    return [(first, last) for first, last in zip(firsts, lasts, strict=True) if first <= last]


NO_REST: Final = Rest()
