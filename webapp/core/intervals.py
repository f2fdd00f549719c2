"""Half-open intervals of time, and the arithmetic that the figures are made of.

Pure functions, fast enough for the quick-stats path. Lists need not be sorted; results of union and
intersection are sorted and do not touch.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MINUTE = timedelta(minutes=1)
_NOTHING = timedelta(0)


class Interval(NamedTuple):
    """The instants from ``start`` up to, not including, ``end``."""

    start: datetime
    end: datetime


def floor_minute(instant: datetime) -> datetime:
    """Return the last whole minute that is not after the instant."""
    return instant.replace(second=0, microsecond=0)


def is_whole_minute(instant: datetime) -> bool:
    """Tell whether the instant has neither seconds nor fractions."""
    return instant.second == 0 and instant.microsecond == 0


def minutes(interval: Interval) -> int:
    """Return the whole minutes of the interval; 0 when it is empty or upside down."""
    return max(0, (interval[1] - interval[0]) // MINUTE)


def total_minutes(intervals: Iterable[Interval]) -> int:
    """Return the sum of the minutes of each interval; overlaps count each time."""
    return sum(max(_NOTHING, end - start) // MINUTE for start, end in intervals)


def clip(interval: Interval, start: datetime, end: datetime) -> Interval | None:
    """Return the part of the interval inside [start, end), or None when there is none."""
    first, last = max(interval[0], start), min(interval[1], end)
    return Interval(first, last) if first < last else None


def clip_all(intervals: Iterable[Interval], start: datetime, end: datetime) -> list[Interval]:
    """Return the parts of the intervals inside [start, end), in the order given."""
    parts = (clip(interval, start, end) for interval in intervals)
    return [part for part in parts if part]


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """Return the instants that lie in any of the intervals, as sorted intervals that do not touch."""
    merged: list[Interval] = []
    for start, end in sorted(i for i in intervals if i[0] < i[1]):
        if merged and start <= merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = Interval(merged[-1][0], end)
        else:
            merged.append(Interval(start, end))
    return merged


def _meet(left: Sequence[Interval], right: Sequence[Interval]) -> list[Interval]:
    """Intersect two sorted lists of intervals that do not overlap within their list."""
    common: list[Interval] = []
    i = j = 0
    while i < len(left) and j < len(right):
        (a_start, a_end), (b_start, b_end) = left[i], right[j]
        start, end = max(a_start, b_start), min(a_end, b_end)
        if start < end:
            common.append(Interval(start, end))
        if a_end < b_end:
            i += 1
        else:
            j += 1
    return common


def intersection(left: Iterable[Interval], right: Iterable[Interval]) -> list[Interval]:
    """Return the instants that lie in (union of left) and in (union of right)."""
    return _meet(union(left), union(right))
