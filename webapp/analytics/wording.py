"""Figures and changes in words; pure text, the same on every page."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import date

    from webapp.core.periods import DateRange

MINUTES_PER_HOUR = 60
DASH = "–"
MINUTE_FIGURES = frozenset({"scheduled_minutes", "studied_minutes", "focus_minutes"})
# Written out, since strftime would cost a year's chart more than its figures do.
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
FRACTION_FIGURES = frozenset({"completion_rate", "focus_time_utilization", "follow_through"})


class Change(NamedTuple):
    """The words of a change; `trend` is up, down, same or none, `good` whether it is welcome (None: neither)."""

    text: str
    trend: str
    good: bool | None


def minutes_text(value: float | None) -> str:
    """Return minutes as people write them: `45 min`, `2 h`, `2 h 05 min`; a dash for None."""
    if value is None:
        return DASH
    hours, rest = divmod(abs(int(value)), MINUTES_PER_HOUR)
    sign = "−" if value < 0 else ""
    if hours == 0:
        return f"{sign}{rest} min"
    return f"{sign}{hours} h" if rest == 0 else f"{sign}{hours} h {rest:02d} min"


def percent_text(value: float | None) -> str:
    """Return a fraction 0..1 as a percentage with at most one decimal; a dash for None."""
    return DASH if value is None else f"{round(value * 100, 1):g} %"


def value_text(figure: str, value: float | None) -> str:
    """Return the value of a figure with its unit."""
    if figure in MINUTE_FIGURES:
        return minutes_text(value)
    if figure in FRACTION_FIGURES:
        return percent_text(value)
    return DASH if value is None else f"{int(value):,}"


def change_of(figure: str, delta: float | None) -> Change:
    """Return the change in words; more planned is neither good nor bad, more of all else is welcome."""
    if delta is None:
        return Change("", "none", None)
    if delta == 0:
        return Change("no change", "same", None)
    sign = "+" if delta > 0 else "−"
    size = abs(delta)
    points = f"{round(size * 100, 1):g} points"
    text = sign + (points if figure in FRACTION_FIGURES else value_text(figure, size))
    welcome = None if figure == "scheduled_minutes" else delta > 0
    return Change(text, "up" if delta > 0 else "down", welcome)


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
