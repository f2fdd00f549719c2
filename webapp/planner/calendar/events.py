"""One event of a calendar file: whether it can be read at all, and when it takes place.

All that touches the calendar libraries is here. They are handed strangers' files, so every error of theirs
becomes a reason for its owner.
"""

from __future__ import annotations

import hashlib
import warnings
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import recurring_ical_events
from icalendar import Calendar, Event, Timezone
from icalendar.prop import vBroken
from icalendar.timezone import tzp

from webapp.core import timezones
from webapp.core.intervals import is_whole_minute
from webapp.planner.calendar.findings import Occurrence, Refusal, Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ONE_DAY: Final = timedelta(days=1)
LONGEST: Final = timedelta(hours=24)
UNTITLED: Final = "Untitled event"
TITLE_LENGTH: Final = 200
_TIME_PROPERTIES: Final = ("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID")
_GIVEN_ONCE: Final = ("DTSTART", "DTEND", "DURATION", "RECURRENCE-ID")
_TOO_OFTEN: Final = frozenset({"SECONDLY", "MINUTELY"})
_HASH_LENGTH: Final = 24
_PLACE: Final = "X-MILEPOST-PLACE"

NO_START = "It does not say when it begins."
ENDS_FIRST = "It ends before it begins."
MIXED = "It begins at a time but ends on a date, or the other way round."
TOO_OFTEN = "It repeats every minute or more often."
BAD_RULE = "Its rule of repetition cannot be followed."
CANCELLED = "It is cancelled."
ALL_DAY = "It lasts all day: it has no times that could be planned."
NO_LENGTH = "It has no length: it begins and ends at the same moment."
TOO_LONG = "It lasts longer than 24 hours."
SECONDS = "It does not begin and end on whole minutes."


def learn_zones(texts: Iterable[str]) -> int:
    """Let the times of this file use the zones that it defines, and none that an earlier file did; return how many."""
    tzp.use_default()
    return sum(_learned(text) for text in texts)


def _learned(text: str) -> bool:
    """Try to learn one zone; a time that needs one that cannot be read is refused for that."""
    try:
        Timezone.from_ical(text)
    except Exception:  # noqa: BLE001 - a stranger's file may make the library fail in any way
        return False
    return True


def parsed(text: str) -> Event:
    """Return one event; raise ValueError, fit to be shown, where it cannot be read at all."""
    try:
        with warnings.catch_warnings(action="ignore"):
            found = Event.from_ical(text)
    except Exception as error:
        raise ValueError("It cannot be read.") from error
    if isinstance(found, Event):
        return found
    raise ValueError("It cannot be read.")


def title_of(event: Event) -> str:
    """Return the summary as one short line."""
    words = "".join(letter if letter.isprintable() else " " for letter in str(event.get("SUMMARY", "")))
    return " ".join(words.split())[:TITLE_LENGTH].strip() or UNTITLED


def start_of(event: Event) -> str:
    """Return when the event begins, as far as the file says it, for people to find it by."""
    start = _single(event, "DTSTART")
    if isinstance(start, datetime):
        return f"{start:%Y-%m-%d %H:%M}"
    return start.isoformat() if isinstance(start, date) else ""


def uid_of(event: Event) -> str:
    """Return what the occurrences of the event share in every file: from its UID, else from what it says."""
    given = str(event.get("UID", "")).strip()
    return _hashed(given or f"no uid\n{title_of(event)}\n{start_of(event)}")


def fault(event: Event) -> str | None:
    """Return why the event cannot be expanded, if so."""
    errors: Any = event.errors
    broken = [str(name) for name, _ in errors if name in _TIME_PROPERTIES]
    if broken:
        return f"Its {broken[0]} cannot be read."
    repeated = [name for name in _GIVEN_ONCE if isinstance(event.get(name), list)]
    if repeated:
        return f"It has more than one {repeated[0]}."
    start = _single(event, "DTSTART")
    if not isinstance(start, date):
        return NO_START
    unknown = _unknown_zone(event)
    if unknown:
        return f"Its time zone “{unknown[:60]}” is not known."
    return _upside_down(event, start) or _wild_rule(event)


def _unknown_zone(event: Event) -> str | None:
    """Return the name of a zone that a time asks for and does not get."""
    for value in chain.from_iterable(_listed(event, name) for name in _TIME_PROPERTIES):
        name = getattr(value, "params", {}).get("TZID")
        times = [entry.dt for entry in value.dts] if hasattr(value, "dts") else [getattr(value, "dt", None)]
        if name and any(isinstance(time, datetime) and time.tzinfo is None for time in times):
            return str(name)
    return None


def _upside_down(event: Event, start: date) -> str | None:
    end = _single(event, "DTEND")
    if end is None:
        length = _single(event, "DURATION", "td") or timedelta(0)
        return ENDS_FIRST if length < timedelta(0) else None
    if isinstance(end, datetime) is not isinstance(start, datetime):
        return MIXED
    if isinstance(end, datetime) and isinstance(start, datetime) and (end.tzinfo is None) is not (start.tzinfo is None):
        return "One of its two times has a time zone and the other has none."
    return ENDS_FIRST if end < start else None


def _wild_rule(event: Event) -> str | None:
    rules = _listed(event, "RRULE")
    if any(step < 1 for rule in rules for step in rule.get("INTERVAL", [])):
        return BAD_RULE
    often = any(str(part).upper() in _TOO_OFTEN for rule in rules for part in rule.get("FREQ", []))
    return TOO_OFTEN if often else None


def _single(event: Event, name: str, part: str = "dt") -> Any:
    """Return what a property says that is given once; None where it is absent, repeated or broken."""
    value = event.get(name)
    return None if value is None or isinstance(value, (list, vBroken)) else getattr(value, part, None)


def _listed(event: Event, name: str) -> list[Any]:
    value = event.get(name)
    return value if isinstance(value, list) else [] if value is None else [value]


def expanded(events: list[Event], window: Window) -> Iterator[Occurrence | Refusal | None]:
    """Yield each time that the events of one UID take place in the window, or why it is left out.

    Yields a single None where the window holds none of them. Raises ValueError, fit to be shown, where the
    rules cannot be followed.
    """
    start, end = timezones.range_bounds(window.zone, window.first, window.last)
    uid = uid_of(events[0])
    try:
        with warnings.catch_warnings(action="ignore"):
            times = _times(events, start - ONE_DAY, end + ONE_DAY, window.zone)
    except (MemoryError, RecursionError):
        raise
    except Exception as error:
        raise ValueError(BAD_RULE) from error
    inside = [time for time in times if start <= time.start < end]
    yield from (time.verdict(uid) for time in inside)
    if not inside:
        yield None


class _Time:
    """One time that an event takes place, as the library found it.

    The library adds durations to wall clocks; the end is worked out here, exactly.
    """

    def __init__(self, event: Event, series: _Series) -> None:
        self.event = event
        self.all_day = not isinstance(_single(event, "DTSTART"), datetime)
        self.start = _instant(_single(event, "DTSTART"), series.zone)
        self.end = self.start + series.length(int(str(event[_PLACE])), self.start)
        self.day = _original_day(event, series.master, series.zone)
        self.key = ""

    def verdict(self, uid: str) -> Occurrence | Refusal:
        reason = self._reason()
        if reason:
            return Refusal(title_of(self.event), start_of(self.event), reason)
        return Occurrence(f"{uid}{self.key}", uid, title_of(self.event), self.start, self.end)

    def _reason(self) -> str | None:
        if str(self.event.get("STATUS", "")).upper() == "CANCELLED":
            return CANCELLED
        if self.all_day:
            return ALL_DAY
        if self.end <= self.start:
            return NO_LENGTH
        if self.end - self.start > LONGEST:
            return TOO_LONG
        return None if is_whole_minute(self.start) and is_whole_minute(self.end) else SECONDS


class _Series:
    """The events of one UID: a series with its exceptions, or a single event."""

    def __init__(self, events: list[Event], zone: str) -> None:
        self.zone = zone
        self.master = next((event for event in events if "RECURRENCE-ID" not in event), events[0])
        self.repeats = any({"RRULE", "RDATE", "RECURRENCE-ID"} & set(event) for event in events)
        self.lengths = [_length(event, zone) for event in events]
        self.periods = dict(chain.from_iterable(_periods(event, zone) for event in events))

    def length(self, place: int, start: datetime) -> timedelta:
        """Return how long the time lasts that begins at an instant and comes from the event at that place."""
        return self.periods.get(start, self.lengths[place])


def _times(events: list[Event], start: datetime, end: datetime, zone: str) -> list[_Time]:
    """Return the times in order. Those that repeat get a key: the day they were meant for, and which of that day."""
    series, calendar = _Series(events, zone), Calendar()
    shared = uid_of(events[0])
    for place, event in enumerate(events):
        event["UID"], event[_PLACE] = shared, str(place)
        calendar.add_component(event)
    found = [_Time(event, series) for event in recurring_ical_events.of(calendar).between(start, end)]
    found.sort(key=lambda time: (time.day, time.start))
    met: Counter[date] = Counter()
    for time in found if series.repeats else ():
        met[time.day] += 1
        time.key = f".{time.day:%Y%m%d}" + (f".{met[time.day]}" if met[time.day] > 1 else "")
    return found


def _length(event: Event, zone: str) -> timedelta:
    """Return how long an event lasts, in time that passes, not on clocks."""
    start, end = _single(event, "DTSTART"), _single(event, "DTEND")
    if end is not None:
        return _instant(end, zone) - _instant(start, zone)
    return _single(event, "DURATION", "td") or timedelta(0)


def _periods(event: Event, zone: str) -> Iterator[tuple[datetime, timedelta]]:
    """Yield additional times that bring a length of their own."""
    for entry in chain.from_iterable(value.dts for value in _listed(event, "RDATE")):
        if isinstance(entry.dt, tuple):
            start, rest = entry.dt
            begins = _instant(start, zone)
            yield begins, rest if isinstance(rest, timedelta) else _instant(rest, zone) - begins


def _original_day(event: Event, master: Event, zone: str) -> date:
    """Return the date that an occurrence was first planned for, where its series lives."""
    meant = _single(event, "RECURRENCE-ID")
    moves_all = "RANGE" in (_single(event, "RECURRENCE-ID", "params") or {})
    day: date = _single(event, "DTSTART") if meant is None or moves_all else meant
    if not isinstance(day, datetime):
        return day
    home = getattr(_single(master, "DTSTART"), "tzinfo", None) or timezones.zone(zone)
    return (day.astimezone(home) if day.tzinfo else day).date()


def _instant(value: date, zone: str) -> datetime:
    """Return a time of the file in UTC; dates and times without a zone are read in the given one."""
    if not isinstance(value, datetime):
        return timezones.day_start(zone, value)
    aware = value if value.tzinfo else value.replace(tzinfo=timezones.zone(zone))
    return aware.astimezone(UTC)


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:_HASH_LENGTH]
