"""The days of a demo student: which weeks, which holidays, and what the wall clock means in UTC."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache

from webapp.core import timezones
from webapp.rollups.days import minute_of

WEEKS = 26
NOON = 12 * 60
# First and last day of each break, as (month, day); a break may run into the next year.
BREAKS = (
    ((2, 16), (2, 22)),
    ((3, 30), (4, 12)),
    ((5, 25), (5, 31)),
    ((7, 20), (8, 16)),
    ((10, 19), (11, 1)),
    ((12, 21), (12, 31)),
    ((1, 1), (1, 3)),
)
WORKING_BEFORE, WORKING_AFTER = timedelta(days=21), timedelta(days=7)


@lru_cache(maxsize=16)
def mondays(today: date) -> tuple[date, ...]:
    """Return the first days of the 26 weeks up to that of today, and of the week after."""
    monday = today - timedelta(days=today.weekday())
    return tuple(monday - timedelta(weeks=n) for n in range(WEEKS - 1, -2, -1))


@lru_cache(maxsize=1 << 12)
def in_break(day: date, today: date) -> bool:
    """Tell whether the day is in the holidays; the weeks around today never are, so that there is something to see."""
    if today - WORKING_BEFORE <= day <= today + WORKING_AFTER:
        return False
    return any(first <= (day.month, day.day) <= last for first, last in BREAKS)


@lru_cache(maxsize=1 << 16)
def _noon(zone: str, ordinal: int) -> int:
    wall = datetime.combine(date.fromordinal(ordinal), time(12))
    return minute_of(timezones.resolve_local(wall, zone))


def wall(zone: str, day: date, minute: int) -> int:
    """Return the minute since 1970 at which the zone's clock shows that minute of the day.

    Reckoned from noon: clocks are changed at night, when nobody here studies.
    """
    return _noon(zone, day.toordinal()) + minute - NOON
