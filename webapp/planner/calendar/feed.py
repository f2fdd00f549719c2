"""Writing slots as a calendar that other programs subscribe to.

Times are written in the person's zone, with the zone's rules in the file; a time that the clocks show twice is
written in UTC the second time round, because the format has no other way to tell the two apart.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard

from webapp.core import timezones

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from webapp.planner.calendar.types import FeedSlot

PRODUCT: Final = "-//Milepost//Study planner//EN"
NAME: Final = "Milepost"
_ONE_DAY: Final = timedelta(days=1)
_ONE_SECOND: Final = timedelta(seconds=1)


def fingerprint(zone: str, slots: Sequence[FeedSlot], first: date, last: date) -> str:
    """Return a text that changes exactly when `calendar_file` would give another file."""
    years = (first.year, last.year)
    return hashlib.sha256(repr((zone, years, slots)).encode("utf-8", "replace")).hexdigest()[:32]


def calendar_file(zone: str, slots: Sequence[FeedSlot], first: date, last: date) -> bytes:
    """Return the slots as an iCalendar file; the dates say which years the rules of the zone must cover."""
    calendar = Calendar()
    calendar.add("PRODID", PRODUCT)
    calendar.add("VERSION", "2.0")
    calendar.add("NAME", NAME)
    calendar.add("X-WR-CALNAME", NAME)
    calendar.add("REFRESH-INTERVAL", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    calendar.add_component(zone_rules(zone, first.year, last.year))
    for slot in slots:
        calendar.add_component(_event(slot, zone))
    return bytes(calendar.to_ical())


def _event(slot: FeedSlot, zone: str) -> Event:
    event = Event()
    event.add("UID", f"{slot.id}@milepost")
    event.add("DTSTAMP", slot.created_at.replace(microsecond=0))
    event.add("SUMMARY", slot.title)
    times = [timezones.to_local(instant, zone) for instant in (slot.starts_at, slot.ends_at)]
    for name, time in zip(("DTSTART", "DTEND"), times, strict=True):
        if time.fold:
            event.add(name, time.astimezone(UTC))
        else:
            event.add(name, time.replace(tzinfo=None), parameters={"TZID": zone})
    return event


@lru_cache(maxsize=256)
def zone_rules(zone: str, first_year: int, last_year: int) -> Timezone:
    """Return the offsets that a zone has in these years and the one before, change by change."""
    rules = Timezone()
    rules.add("TZID", zone)
    start, end = datetime(first_year - 1, 1, 1, tzinfo=UTC), datetime(last_year + 1, 1, 2, tzinfo=UTC)
    rules.add_component(_observance(zone, start, timezones.to_local(start, zone).utcoffset()))
    for change in _changes(zone, start, end):
        rules.add_component(_observance(zone, change, _offset(zone, change - _ONE_SECOND)))
    return rules


def _observance(zone: str, begins: datetime, before: timedelta | None) -> TimezoneDaylight | TimezoneStandard:
    """Return what holds from an instant on; its beginning is written as the clocks of before showed it."""
    local = timezones.to_local(begins, zone)
    part = TimezoneDaylight() if local.dst() else TimezoneStandard()
    offset_before = before or timedelta(0)
    part.add("DTSTART", begins.replace(tzinfo=None) + offset_before)
    part.add("TZOFFSETFROM", offset_before)
    part.add("TZOFFSETTO", local.utcoffset())
    part.add("TZNAME", local.tzname() or zone)
    return part


def _changes(zone: str, start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the instants at which the zone changes its offset; it may do so once a day."""
    day = start
    while day < end:
        following = day + _ONE_DAY
        if _offset(zone, day) != _offset(zone, following):
            yield _change_between(zone, day, following)
        day = following


def _change_between(zone: str, before: datetime, after: datetime) -> datetime:
    old = _offset(zone, before)
    while after - before > _ONE_SECOND:
        middle = before + (after - before) // _ONE_SECOND // 2 * _ONE_SECOND
        before, after = (middle, after) if _offset(zone, middle) == old else (before, middle)
    return after


def _offset(zone: str, instant: datetime) -> timedelta | None:
    return instant.astimezone(timezones.zone(zone)).utcoffset()
