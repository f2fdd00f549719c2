"""One person's raw rows cut into local days, and the figures of each day (docs/metrics.md, "Planner figures").

Pure, and written for speed: a rebuild passes many thousand person-days a second through here, a page a few.
Instants are whole minutes since 1970 in UTC, dates are proleptic ordinals, categories are text keys ("" for none).
The second of an instant never matters: days begin, and slots begin and end, on whole minutes.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from webapp.core import timezones
from webapp.rollups.types import Figures

if TYPE_CHECKING:
    from collections.abc import Sequence

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NO_CATEGORY = ""
_MINUTE = timedelta(minutes=1)
_MINUTES_OF_A_DAY = 1440

RawSlot = tuple[int, int, int, str]  # start, end, missed (0 or 1), category
RawWindow = tuple[int, int]
RawCompletion = tuple[int, str]  # when, category
RawAward = tuple[int, int]  # when, amount


def minute_of(instant: datetime) -> int:
    """Return the whole minutes from 1970 to the instant, rounded down."""
    return (instant - EPOCH) // _MINUTE


def instant_of(minute: int) -> datetime:
    """Return the instant of a minute."""
    return EPOCH + minute * _MINUTE


class LocalDays:
    """The local days of one zone, in minutes and ordinals."""

    def __init__(self, zone: str) -> None:
        """Know nothing yet; boundaries are found when asked for."""
        self.zone = zone
        self._starts: dict[int, int] = {}
        self._near: dict[int, tuple[int, tuple[int, ...]]] = {}

    def start(self, day: int) -> int:
        """Return the minute at which the day begins."""
        found = self._starts.get(day)
        if found is None:
            found = self._starts[day] = minute_of(timezones.day_start(self.zone, date.fromordinal(day)))
        return found

    def holding(self, minute: int) -> int:
        """Return the day that holds the minute."""
        utc_day = minute // _MINUTES_OF_A_DAY
        near = self._near.get(utc_day)
        if near is None:
            near = self._near[utc_day] = self._boundaries_in(utc_day)
        day, boundaries = near
        for boundary in boundaries:
            if minute >= boundary:
                day += 1
        return day

    def parts(self, start: int, end: int) -> Sequence[tuple[int, int, int]]:
        """Return the days that [start, end) touches, each with the part inside it: (day, start, end)."""
        day = self.holding(start)
        until = self.start(day + 1)
        if end <= until:
            return ((day, start, end),) if start < end else ()
        later = self.parts(until, end)
        return ((day, start, until), *later)

    def _boundaries_in(self, utc_day: int) -> tuple[int, tuple[int, ...]]:
        """Return the local day that holds the beginning of a UTC day, and where the next ones begin within it."""
        begin = utc_day * _MINUTES_OF_A_DAY
        first = timezones.local_date(instant_of(begin), self.zone).toordinal()
        following = (self.start(first + n) for n in (1, 2, 3))
        return first, tuple(start for start in following if start < begin + _MINUTES_OF_A_DAY)


@lru_cache(maxsize=1024)
def local_days(zone: str) -> LocalDays:
    """Return the days of a zone, shared by all who ask."""
    return LocalDays(zone)


@dataclass(slots=True)
class RawRows:
    """What the figures of a person follow from; slots of cancelled tasks are left out already."""

    slots: list[RawSlot] = field(default_factory=list)
    windows: list[RawWindow] = field(default_factory=list)
    completions: list[RawCompletion] = field(default_factory=list)
    awards: list[RawAward] = field(default_factory=list)
    lessons: list[int] = field(default_factory=list)  # when each was completed
    attempts: list[int] = field(default_factory=list)  # when each was submitted


@dataclass(slots=True)
class Day:
    """The parts of raw rows that lie inside one local day."""

    slots: list[RawSlot] = field(default_factory=list)
    windows: list[RawWindow] = field(default_factory=list)
    completed: list[str] = field(default_factory=list)
    xp: int = 0
    lessons: int = 0
    attempts: int = 0


# Of one category on one day: scheduled, studied, passed and focus minutes, completed tasks.
CategoryCounts = list[int]


def cut(days: LocalDays, rows: RawRows) -> dict[int, Day]:
    """Return the days that hold anything, with the parts of the rows inside each."""
    found = _Found()
    for start, end, missed, category in rows.slots:
        for day, begin, until in days.parts(start, end):
            found[day].slots.append((begin, until, missed, category))
    for start, end in rows.windows:
        for day, begin, until in days.parts(start, end):
            found[day].windows.append((begin, until))
    _put_events(found, days, rows)
    return found


def _put_events(found: _Found, days: LocalDays, rows: RawRows) -> None:
    """Put into their days the rows that are one instant each."""
    for minute, category in rows.completions:
        found[days.holding(minute)].completed.append(category)
    for minute, amount in rows.awards:
        found[days.holding(minute)].xp += amount
    for minute in rows.lessons:
        found[days.holding(minute)].lessons += 1
    for minute in rows.attempts:
        found[days.holding(minute)].attempts += 1


class _Found(dict[int, Day]):
    """Days that come into being when something is put into them."""

    def __missing__(self, day: int) -> Day:
        made = self[day] = Day()
        return made


def day_figures(day: Day, now: int) -> tuple[Figures, dict[str, CategoryCounts]]:
    """Return the figures of a day, and those of each category that has any, as of the minute `now`."""
    categories = _count_slots(day.slots, now)
    scheduled = studied = passed = available = focus = 0
    for minutes in categories.values():
        scheduled += minutes[0]
        studied += minutes[1]
        passed += minutes[2]
    if day.windows:
        windows = merged(day.windows)
        available = sum([end - start for start, end in windows])
        focus = _count_focus(day.slots, windows, categories)
    for key in day.completed:
        categories.setdefault(key, [0, 0, 0, 0, 0])[4] += 1
    counts = (len(day.completed), day.xp, day.lessons, day.attempts)
    return Figures(scheduled, studied, passed, focus, available, *counts), categories


def _count_slots(slots: Sequence[RawSlot], now: int) -> dict[str, CategoryCounts]:
    categories: dict[str, CategoryCounts] = {}
    for start, end, missed, key in slots:
        length = end - start
        passed = 0 if start >= now else length if end <= now else now - start
        studied = 0 if missed else passed
        counts = categories.get(key)
        if counts is None:
            categories[key] = [length, studied, passed, 0, 0]
        else:
            counts[0] += length
            counts[1] += studied
            counts[2] += passed
    return categories


def _count_focus(slots: Sequence[RawSlot], windows: Sequence[RawWindow], categories: dict[str, CategoryCounts]) -> int:
    """Put the focus minutes of each category in its place, and return those of all slots together."""
    focus = shared_minutes(slots, windows)
    if focus:
        for key, counts in categories.items():
            counts[3] = shared_minutes([slot for slot in slots if slot[3] == key], windows)
    return focus


def merged(windows: list[RawWindow]) -> list[RawWindow]:
    """Return the union of intervals as sorted intervals that do not touch."""
    if len(windows) < 2:  # noqa: PLR2004 - one needs no merging
        return windows
    union: list[RawWindow] = []
    for start, end in sorted(windows):
        if union and start <= union[-1][1]:
            if end > union[-1][1]:
                union[-1] = (union[-1][0], end)
        else:
            union.append((start, end))
    return union


def shared_minutes(slots: Sequence[RawSlot], windows: Sequence[RawWindow]) -> int:
    """Return the minutes of (union of slots) ∩ (union of windows); windows must be `merged`."""
    shared, reached = 0, -sys.maxsize
    for start, end, _, _ in sorted(slots):
        begin = max(start, reached)
        if begin < end:
            reached = end
            for opens, closes in windows:
                if opens < end and closes > begin:
                    shared += min(closes, end) - max(opens, begin)
    return shared
