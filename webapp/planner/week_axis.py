"""The days of a week as a page draws them: one axis of hours that all days share, whatever the clocks do.

Every day of a week has the same rows, an hour each, so that 16:00 stands at one height. Where clocks are set
back the axis gets rows of its own for the hours that come twice; where they are set forward, or a date is
skipped, that part of the day is a gap. Positions are minutes from the top of the axis. Pure and cached: the
axis depends on the zone and the week alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from webapp.core import timezones

if TYPE_CHECKING:
    from collections.abc import Iterator

DAYS = 7
HOUR = 60
DAY_HOURS = 24
MINUTE = timedelta(minutes=1)
ONE_DAY = timedelta(days=1)
_FULL_DAY = timedelta(hours=DAY_HOURS)


class HourKey(NamedTuple):
    """Which hour of the wall clock: `offset` days from its date, `fold` above 0 when it comes again."""

    offset: int
    hour: int
    fold: int


@dataclass(frozen=True, slots=True)
class Row:
    """One hour of the axis; `again` marks the second time that the clocks show it."""

    label: str
    again: bool


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a day that is drawn without a break: from `position`, beginning at `start`."""

    position: int
    start: datetime
    minutes: int

    @property
    def end(self) -> datetime:
        """Return the instant at which the stretch ends."""
        return self.start + self.minutes * MINUTE


@dataclass(frozen=True, slots=True)
class Gap:
    """A part of the axis that this day does not have; `text` says why where that needs words."""

    position: int
    minutes: int
    text: str


@dataclass(frozen=True, slots=True)
class Piece:
    """An hour of a day as it is drawn, or the part of one; `start` is None in a gap."""

    minutes: int
    start: datetime | None


@dataclass(frozen=True, slots=True)
class Day:
    """A local date on the axis; `note` says what is unusual about its length."""

    date: date
    start: datetime
    end: datetime
    runs: tuple[Run, ...]
    gaps: tuple[Gap, ...]
    note: str

    def position(self, instant: datetime) -> int:
        """Return where the instant is drawn; instants outside the day go to its nearest edge."""
        found = 0
        for run in self.runs:
            if instant < run.start:
                break
            found = run.position + min((instant - run.start) // MINUTE, run.minutes)
        return found

    def position_of_end(self, instant: datetime) -> int:
        """Return where something that ends at the instant stops, which is before a gap, not after it."""
        return self.position(instant - MINUTE) + 1 if instant > self.start else self.position(instant)

    def instant(self, position: int) -> datetime | None:
        """Return the instant drawn at the position, or None in a gap."""
        for run in self.runs:
            if run.position <= position < run.position + run.minutes:
                return run.start + (position - run.position) * MINUTE
        return None

    def pieces(self, row: int) -> Iterator[Piece]:
        """Yield what this row of the axis is made of, from its top to its end."""
        position, end = row * HOUR, (row + 1) * HOUR
        for run in self.runs:
            begin, beyond = max(run.position, position), min(run.position + run.minutes, end)
            if begin >= beyond:
                continue
            if position < begin:
                yield Piece(begin - position, None)
            yield Piece(beyond - begin, run.start + (begin - run.position) * MINUTE)
            position = beyond
        if position < end:
            yield Piece(end - position, None)


@dataclass(frozen=True, slots=True)
class Axis:
    """The rows and days of one week in one zone."""

    zone: str
    rows: tuple[Row, ...]
    days: tuple[Day, ...]

    @property
    def start(self) -> datetime:
        """Return the first instant of the week."""
        return self.days[0].start

    @property
    def end(self) -> datetime:
        """Return the first instant after the week."""
        return self.days[-1].end

    @property
    def is_regular(self) -> bool:
        """Return whether every day of the week has the usual 24 hours."""
        return not any(day.note for day in self.days)


@lru_cache(maxsize=2048)
def week_axis(zone_name: str, first: date) -> Axis:
    """Return the axis of the seven dates from `first`, for a reader in the zone."""
    dates = [first + n * ONE_DAY for n in range(DAYS)]
    hours = {day: _hours_of(zone_name, day) for day in dates}
    keys = _merged_keys(hours)
    rows = tuple(Row(f"{key.hour:02}:00", bool(key.fold)) for key in keys)
    return Axis(zone_name, rows, tuple(_day(zone_name, day, hours[day], keys) for day in dates))


class _Hour(NamedTuple):
    """The part of a wall-clock hour that a day has: from `minute`, beginning at `start`."""

    key: HourKey
    minute: int
    start: datetime
    length: int

    def goes_on_at(self, key: HourKey, minute: int) -> bool:
        """Tell whether this minute of the wall clock follows without a jump."""
        return self.key[:2] == key[:2] and minute == self.minute + self.length


def _hours_of(zone_name: str, day: date) -> list[_Hour]:
    start, end = timezones.day_bounds(zone_name, day)
    if _is_regular(zone_name, day, start, end):
        return [_Hour(HourKey(0, n, 0), 0, start + n * HOUR * MINUTE, HOUR) for n in range(DAY_HOURS)]
    found: list[_Hour] = []
    moment = start
    while moment < end:
        wall = timezones.to_local(moment, zone_name)
        key = HourKey((wall.date() - day).days, wall.hour, wall.fold)
        if found and found[-1].goes_on_at(key, wall.minute):
            found[-1] = found[-1]._replace(length=found[-1].length + 1)
        else:
            found.append(_Hour(_unused(key, found), wall.minute, moment, 1))
        moment += MINUTE
    return found


def _unused(key: HourKey, found: list[_Hour]) -> HourKey:
    """Return the key, or where clocks come back to an hour a second time, a later one of the same hour."""
    taken = {hour.key for hour in found}
    while key in taken:
        key = key._replace(fold=key.fold + 1)
    return key


def _is_regular(zone_name: str, day: date, start: datetime, end: datetime) -> bool:
    """Tell whether the clocks show midnight at the start and count 24 hours without a jump."""
    if end - start != _FULL_DAY:
        return False
    midnight = datetime.combine(day, time(), UTC)
    shift = midnight - start
    hours = (start + n * HOUR * MINUTE for n in range(DAY_HOURS))
    return all(timezones.to_local(hour, zone_name).utcoffset() == shift for hour in hours)


def _merged_keys(hours: dict[date, list[_Hour]]) -> list[HourKey]:
    """Return the 24 usual hours, and after its predecessor each hour that only some day has."""
    keys = [HourKey(0, n, 0) for n in range(DAY_HOURS)]
    for of_day in hours.values():
        place = 0
        for hour in of_day:
            if hour.key not in keys:
                keys.insert(place, hour.key)
            place = keys.index(hour.key) + 1
    return keys


def _day(zone_name: str, day: date, hours: list[_Hour], keys: list[HourKey]) -> Day:
    start, end = timezones.day_bounds(zone_name, day)
    runs: list[Run] = []
    for hour in hours:
        position = keys.index(hour.key) * HOUR + hour.minute
        last = runs[-1] if runs else None
        if last and last.position + last.minutes == position and last.end == hour.start:
            runs[-1] = Run(last.position, last.start, last.minutes + hour.length)
        else:
            runs.append(Run(position, hour.start, hour.length))
    return Day(day, start, end, tuple(runs), tuple(_gaps(runs, keys, end - start)), _note(start, end))


def _gaps(runs: list[Run], keys: list[HourKey], length: timedelta) -> list[Gap]:
    edges = [0]
    for run in runs:
        edges += (run.position, run.position + run.minutes)
    pairs = [
        (begin, end) for begin, end in zip(edges[::2], [*edges[1::2], len(keys) * HOUR], strict=True) if begin < end
    ]
    shorter = length < _FULL_DAY
    return [Gap(begin, end - begin, _reason(begin, end, keys) if shorter else "") for begin, end in pairs]


def _reason(begin: int, end: int, keys: list[HourKey]) -> str:
    if end - begin == len(keys) * HOUR:
        return "The clocks skipped this date."
    usual = [minute for minute in range(begin, end) if _is_usual(keys[minute // HOUR])]
    if not usual:
        return ""
    first, beyond = _wall(usual[0], keys), _wall(usual[-1] + 1, keys)
    return f"{first}–{beyond} skipped: the clocks go forward."


def _is_usual(key: HourKey) -> bool:
    return key.offset == 0 and key.fold == 0


def _wall(minute: int, keys: list[HourKey]) -> str:
    hour, rest = divmod(minute, HOUR)
    shown = keys[hour].hour if hour < len(keys) else DAY_HOURS
    return f"{shown:02}:{rest:02}"


def _note(start: datetime, end: datetime) -> str:
    length = (end - start) // MINUTE
    if length == DAY_HOURS * HOUR:
        return ""
    hours, rest = divmod(length, HOUR)
    return "no such day" if length == 0 else f"{hours} h {rest:02} day" if rest else f"{hours} h day"
