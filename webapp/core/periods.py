"""Ranges of local dates: the presets that people pick, weeks, and the period before."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EARLIEST = date(1970, 1, 1)
LATEST = date(2199, 12, 31)
MAX_DAYS = 366
_LAST_DAYS = re.compile(r"([1-9]\d{0,2})d", re.ASCII)
_ISO_WEEK = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)
_THURSDAY = 3


class InvalidPeriodError(ValueError):
    """The text or the dates do not make a period; the message can be shown."""


@dataclass(frozen=True, slots=True)
class DateRange:
    """Local dates from ``first`` to ``last``, both inclusive; at most 366 of them.

    Made from given dates it refuses those before 1970 or after 2199; ranges derived from such a one may
    reach beyond.
    """

    first: date
    last: date

    def __post_init__(self) -> None:
        """Refuse what is no range, with a message that can be shown."""
        if self.last < self.first:
            message = "The last date must not be before the first."
            raise InvalidPeriodError(message)
        if len(self) > MAX_DAYS:
            message = f"A range may hold at most {MAX_DAYS} days; this one has {len(self)}."
            raise InvalidPeriodError(message)
        if self.first < EARLIEST or self.last > LATEST:
            message = f"Dates must lie between {EARLIEST} and {LATEST}."
            raise InvalidPeriodError(message)

    def __len__(self) -> int:
        """Return the number of dates."""
        return (self.last - self.first).days + 1

    def __iter__(self) -> Iterator[date]:
        """Yield the dates in order."""
        return map(date.fromordinal, range(self.first.toordinal(), self.last.toordinal() + 1))

    def __contains__(self, day: object) -> bool:
        """Tell whether the date is one of the range."""
        return isinstance(day, date) and self.first <= day <= self.last

    def previous(self) -> DateRange:
        """Return the range of equal length just before this one."""
        return _derived(self.first - timedelta(days=len(self)), self.first - timedelta(days=1))

    def with_previous(self) -> DateRange:
        """Return this range and the one of equal length before it as one."""
        return _derived(self.previous().first, self.last)

    def following(self) -> DateRange:
        """Return the range of equal length just after this one."""
        return _derived(self.last + timedelta(days=1), self.last + timedelta(days=len(self)))


def _derived(first: date, last: date) -> DateRange:
    """Make a range without the checks that given dates need."""
    made = object.__new__(DateRange)
    object.__setattr__(made, "first", first)
    object.__setattr__(made, "last", last)
    return made


def week_of(day: date, week_start: int = 0) -> DateRange:
    """Return the seven dates of the week that holds the day; ``week_start`` is 0 for Monday, 6 for Sunday."""
    first = day - timedelta(days=(day.weekday() - week_start) % 7)
    return _derived(first, first + timedelta(days=6))


def month_of(day: date) -> DateRange:
    """Return the calendar month that holds the day."""
    return _months(day.year, day.month, 1)


def quarter_of(day: date) -> DateRange:
    """Return the calendar quarter that holds the day."""
    return _months(day.year, day.month - (day.month - 1) % 3, 3)


def year_of(day: date) -> DateRange:
    """Return the calendar year that holds the day."""
    return _months(day.year, 1, 12)


def _months(year: int, month: int, count: int) -> DateRange:
    beyond = month + count
    end = date(year + (beyond > 12), (beyond - 1) % 12 + 1, 1)  # noqa: PLR2004 - months of a year
    return _derived(date(year, month, 1), end - timedelta(days=1))


def last_days(today: date, days: int) -> DateRange:
    """Return today and the dates before it, ``days`` in all."""
    return _derived(today - timedelta(days=days - 1), today)


_CALENDAR: dict[str, Callable[[date, int], DateRange]] = {
    "today": lambda today, _: DateRange(today, today),
    "yesterday": lambda today, _: DateRange(today, today).previous(),
    "daily": lambda today, _: DateRange(today, today),
    "this-week": week_of,
    "week": week_of,
    "weekly": week_of,
    "last-week": lambda today, week_start: week_of(today, week_start).previous(),
    "month": lambda today, _: month_of(today),
    "monthly": lambda today, _: month_of(today),
    "quarter": lambda today, _: quarter_of(today),
    "year": lambda today, _: year_of(today),
}


def is_preset(name: str) -> bool:
    """Tell whether ``preset`` accepts the name."""
    match = _LAST_DAYS.fullmatch(name)
    return name in _CALENDAR or (match is not None and int(match[1]) <= MAX_DAYS)


def preset(name: str, today: date, week_start: int = 0) -> DateRange:
    """Return the range of a preset as seen from today.

    Names: ``7d`` and any other 1d..366d (today and the dates before it), ``today``, ``yesterday``,
    ``this-week``, ``last-week``, and the calendar's ``daily``, ``week(ly)``, ``month(ly)``, ``quarter`` and
    ``year``.
    """
    match = _LAST_DAYS.fullmatch(name)
    if match and int(match[1]) <= MAX_DAYS:
        return last_days(today, int(match[1]))
    if name in _CALENDAR:
        return _CALENDAR[name](today, week_start)
    message = f"“{name[:32]}” is not a known period."
    raise InvalidPeriodError(message)


def parse_week(text: str, week_start: int = 0) -> DateRange:
    """Return the week of a text like ``2026-W47``: the seven dates with the Thursday of that ISO week."""
    match = _ISO_WEEK.fullmatch(text)
    try:
        year, number = (int(match[1]), int(match[2])) if match else (0, 0)
        week = week_of(date.fromisocalendar(year, number, _THURSDAY + 1), week_start)
        return DateRange(week.first, week.last)
    except (ValueError, OverflowError):
        message = f"“{text[:16]}” is not a week; write it like 2026-W47."
        raise InvalidPeriodError(message) from None


def format_week(day: date, week_start: int = 0) -> str:
    """Return the text like ``2026-W47`` of the week that holds the day; ``parse_week`` reads it back."""
    thursday = next(d for d in week_of(day, week_start) if d.weekday() == _THURSDAY)
    year, week, _ = thursday.isocalendar()
    return f"{year:04}-W{week:02}"
