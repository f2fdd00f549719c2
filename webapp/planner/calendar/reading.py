"""Reading a calendar file: bytes in, times and reasons out; nothing else is touched.

Files come from strangers. Call `read` in a process of its own (`sandbox.py`): rules of repetition can be
written that no time or memory suffices for, and what a file says of zones stays in the libraries' memory.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from webapp.planner.calendar import events
from webapp.planner.calendar.findings import (
    MAXIMUM_OCCURRENCES,
    MAXIMUM_REFUSALS,
    Occurrence,
    Reading,
    Refusal,
    UnreadableCalendarError,
    Window,
)
from webapp.planner.calendar.trimming import decoded, trim

if TYPE_CHECKING:
    from icalendar import Event

_REPEATS = re.compile(r"^(RRULE|RDATE|RECURRENCE-ID)\b", re.MULTILINE)
_START = re.compile(r"^DTSTART[^:\r\n]*:\s*(\d{4})(\d{2})(\d{2})", re.MULTILINE | re.IGNORECASE)
_UID = re.compile(r"^UID[^:\r\n]*:(.*)$", re.MULTILINE | re.IGNORECASE)
# Wide enough for any zone and for the longest event that can be taken over.
_MARGIN: Final = timedelta(days=3)


def read(data: bytes, window: Window) -> Reading:
    """Return what the file holds within the window; raise UnreadableCalendarError where it is no calendar."""
    trimmed = trim(decoded(data))
    texts = _near(trimmed.events, window)
    events.learn_zones(trimmed.zones)
    reader = _Reader(window, cancelled=trimmed.cancelled)
    for text in texts:
        reader.parse(text)
    return reader.expand(outside=len(trimmed.events) - len(texts), others=trimmed.others)


def _near(texts: list[str], window: Window) -> list[str]:
    """Leave out single events far from the window, which is most of an old calendar."""
    uids = Counter(_uid(text) for text in texts)
    return [text for text in texts if uids[_uid(text)] > 1 or _REPEATS.search(text) or _is_near(text, window)]


def _uid(text: str) -> str:
    match = _UID.search(text)
    return match[1].strip() if match else ""


def _is_near(text: str, window: Window) -> bool:
    match = _START.search(text)
    try:
        day = date(*map(int, match.groups())) if match else window.first
    except ValueError:
        return True
    return window.first - _MARGIN <= day <= window.last + _MARGIN


class _Reader:
    """Collects events by UID, then what becomes of each."""

    def __init__(self, window: Window, *, cancelled: bool) -> None:
        self.window = window
        self.cancelled = cancelled
        self.series: defaultdict[str, list[Event]] = defaultdict(list)
        self.occurrences: dict[str, Occurrence] = {}
        self.refusals: dict[tuple[str, str], Refusal] = {}
        self.outside = 0

    def parse(self, text: str) -> None:
        """Read one event, or note why that cannot be done."""
        try:
            event = events.parsed(text)
        except ValueError as error:
            self._refuse(Refusal(events.UNTITLED, "", str(error)))
            return
        self.series[events.uid_of(event)].append(event)

    def expand(self, *, outside: int, others: int) -> Reading:
        """Work out when each series takes place, and return it all."""
        self.outside = outside
        for series in self.series.values():
            self._expand(series)
        found = sorted(self.occurrences.values(), key=lambda occurrence: (occurrence.starts_at, occurrence.key))
        refused = sum(refusal.count for refusal in self.refusals.values())
        listed = tuple(self.refusals.values())[:MAXIMUM_REFUSALS]
        return Reading(tuple(found), listed, refused, self.outside, others)

    def _expand(self, series: list[Event]) -> None:
        reasons = [(event, events.fault(event)) for event in series]
        for event, reason in reasons:
            if reason:
                self._refuse(Refusal(events.title_of(event), events.start_of(event), reason))
                return
        try:
            for found in events.expanded(series, self.window):
                self._take(found)
        except ValueError as error:
            self._refuse(Refusal(events.title_of(series[0]), events.start_of(series[0]), str(error)))

    def _take(self, found: Occurrence | Refusal | None) -> None:
        if found is None:
            self.outside += 1
        elif isinstance(found, Refusal):
            self._refuse(found)
        elif self.cancelled:
            self._refuse(Refusal(found.title, f"{found.starts_at:%Y-%m-%d %H:%M} UTC", events.CANCELLED))
        else:
            self.occurrences.setdefault(found.key, found)
            if len(self.occurrences) > MAXIMUM_OCCURRENCES:
                raise UnreadableCalendarError(
                    f"There are more than {MAXIMUM_OCCURRENCES:,} times in these days. Choose fewer days."
                )

    def _refuse(self, refusal: Refusal) -> None:
        """Note a refusal; the same reason for the same title is one line with a count."""
        key = (refusal.title, refusal.reason)
        known = self.refusals.get(key)
        self.refusals[key] = replace(known, count=known.count + 1) if known else refusal
