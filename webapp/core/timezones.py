"""Everything that Milepost knows about time zones.

Terms are those of docs/metrics.md, "Time": ``day(D)`` of a zone is the half-open interval from the first
instant of local date D to the first instant of local date D+1. "First instant of D" is the earliest instant
at which the local clock has reached midnight of D: the end of the gap where that midnight does not exist, the
first occurrence where it happens twice, and the first instant of the following date where the zone skipped D
altogether. Days therefore never overlap and leave nothing out.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

if TYPE_CHECKING:
    from collections.abc import Iterable

_ONE_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_MIDNIGHT = time()
_NOT_FOR_PEOPLE = frozenset({"Factory", "localtime", "posixrules"})


class InvalidZoneError(ValueError):
    """The name is not one of the IANA time zones known here."""


class NonexistentTimeError(ValueError):
    """The local time was skipped by the zone's clocks, so no instant has it."""


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones() - _NOT_FOR_PEOPLE)


@cache
def zone_names() -> tuple[str, ...]:
    """Return every accepted zone name, sorted."""
    return tuple(sorted(_known()))


def is_zone(name: str) -> bool:
    """Tell whether the name is an accepted IANA zone name (case matters)."""
    return name in _known()


@cache
def _load(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def zone(name: str) -> ZoneInfo:
    """Return the zone of that name.

    Raises InvalidZoneError for any other text, including paths and abbreviations the database does not list.
    """
    if name not in _known():
        message = f"“{name[:64]}” is not a known time zone."
        raise InvalidZoneError(message)
    return _load(name)


def to_local(instant: datetime, zone_name: str) -> datetime:
    """Return the instant as the wall clock of the zone shows it (aware, with fold)."""
    return instant.astimezone(zone(zone_name))


def resolve_local(naive: datetime, zone_name: str, fold: int = 0) -> datetime:
    """Return the UTC instant of a wall-clock time; ``fold`` picks one where the time happens twice.

    Raises NonexistentTimeError where the clocks skipped that time.
    """
    tz = zone(zone_name)
    wall = naive.replace(tzinfo=None, fold=fold)
    instant = wall.replace(tzinfo=tz).astimezone(UTC)
    if instant.astimezone(tz).replace(tzinfo=None, fold=0) != wall.replace(fold=0):
        message = f"{wall:%Y-%m-%d %H:%M} does not exist in {zone_name}: the clocks went forward over it."
        raise NonexistentTimeError(message)
    return instant


def _end_of_gap(wall: datetime, tz: ZoneInfo) -> datetime:
    """Return the first instant after the gap that swallowed the wall-clock time."""
    origin = wall.replace(tzinfo=tz, fold=1).astimezone(UTC)
    before, after = 0, (wall.replace(tzinfo=tz, fold=0).astimezone(UTC) - origin) // _SECOND
    while after - before > 1:
        middle = (before + after) // 2
        reached = (origin + middle * _SECOND).astimezone(tz).replace(tzinfo=None) >= wall
        before, after = (before, middle) if reached else (middle, after)
    return origin + after * _SECOND


@lru_cache(maxsize=1 << 17)
def day_start(zone_name: str, day: date) -> datetime:
    """Return the first instant of a local date, in UTC."""
    tz = zone(zone_name)
    wall = datetime.combine(day, _MIDNIGHT)
    first = wall.replace(tzinfo=tz).astimezone(UTC)
    if first.astimezone(tz).replace(tzinfo=None, fold=0) == wall:
        return first
    return _end_of_gap(wall, tz)


@lru_cache(maxsize=1 << 17)
def day_bounds(zone_name: str, day: date) -> tuple[datetime, datetime]:
    """Return day(D) as (start, end) in UTC; start equals end for a date that the zone skipped."""
    return day_start(zone_name, day), day_start(zone_name, day + _ONE_DAY)


def range_bounds(zone_name: str, first: date, last: date) -> tuple[datetime, datetime]:
    """Return the local dates first..last, both inclusive, as one half-open interval (start, end) in UTC."""
    return day_start(zone_name, first), day_start(zone_name, last + _ONE_DAY)


def local_date(instant: datetime, zone_name: str) -> date:
    """Return the date D whose day(D) holds the instant.

    That is the calendar date of the wall clock, except while clocks that were set back over midnight show the
    evening before for a second time: the new day has begun already.
    """
    shown = instant.astimezone(zone(zone_name)).date()
    following = shown + _ONE_DAY
    return following if instant >= day_start(zone_name, following) else shown


def clock_hour(instant: datetime, zone_name: str) -> tuple[date, datetime]:
    """Return the local date of an instant, and when the hour that the zone's clocks show then began, in UTC."""
    shown = to_local(instant, zone_name)
    past = timedelta(minutes=shown.minute, seconds=shown.second, microseconds=shown.microsecond)
    return local_date(instant, zone_name), instant.astimezone(UTC) - past


def local_dates_touched(start: datetime, end: datetime, zone_name: str) -> list[date]:
    """Return the dates whose day overlaps [start, end), in order; an empty interval touches none."""
    if end <= start:
        return []
    day, dates = local_date(start, zone_name), []
    while day_start(zone_name, day) < end:
        dates.append(day)
        day += _ONE_DAY
    return [d for d in dates if day_start(zone_name, d) < day_start(zone_name, d + _ONE_DAY)]


def zones_whose_midnight_passed(since: datetime, until: datetime, zones: Iterable[str]) -> list[str]:
    """Return those of the zones in which a local date began at an instant of (since, until]."""
    return [name for name in zones if local_date(until, name) > local_date(since, name)]
