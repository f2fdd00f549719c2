"""Minutes and dates in words; the same on every page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from webapp.core.periods import DateRange

MINUTES_PER_HOUR = 60
DASH = "–"
# Written out, since strftime would cost a year's chart more than its figures do.
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def minutes_text(value: float | None) -> str:
    """Return minutes as people write them: `45 min`, `2 h`, `2 h 05 min`; a dash for None."""
    if value is None:
        return DASH
    hours, rest = divmod(abs(int(value)), MINUTES_PER_HOUR)
    sign = "−" if value < 0 else ""
    if hours == 0:
        return f"{sign}{rest} min"
    return f"{sign}{hours} h" if rest == 0 else f"{sign}{hours} h {rest:02d} min"


def day_text(day: date) -> str:
    """Return a date as `Wed 18 Nov`."""
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"


def range_text(dates: DateRange) -> str:
    """Return a range as `12 to 18 November 2026`, as short as it stays clear."""
    first, last = dates.first, dates.last
    end = f"{last.day} {last:%B} {last.year}"
    if first == last:
        return end
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {end}"
    if first.year == last.year:
        return f"{first.day} {first:%B} to {end}"
    return f"{first.day} {first:%B} {first.year} to {end}"
