"""Cutting a calendar file down to what importing needs, before anything parses it in earnest.

Most of a real file is attendees, descriptions, alarms and attachments, and most of a hostile one is depth,
length or number. What is left after this is flat: time zones and events, with a few properties each.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from webapp.planner.calendar.findings import UnreadableCalendarError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAXIMUM_BYTES: Final = 5 * 1024 * 1024
MAXIMUM_EVENTS: Final = 20_000
MAXIMUM_LINE: Final = 50_000
MAXIMUM_DEPTH: Final = 20
_FOLD = re.compile(r"\r?\n[ \t]")
_BREAK = re.compile(r"\r?\n")
_NAME = re.compile(r"[A-Za-z0-9-]+(?=[ \t]*[;:])")
_BOM = "\ufeff"
# What an event's time and name depend on; everything else is left behind.
EVENT_PROPERTIES: Final = frozenset(
    {
        *("UID", "SUMMARY", "STATUS", "SEQUENCE"),
        *("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"),
    }
)
ZONE_PARTS: Final = frozenset({"VTIMEZONE", "STANDARD", "DAYLIGHT"})
ZONE_PROPERTIES: Final = frozenset(
    {"TZID", "TZOFFSETFROM", "TZOFFSETTO", "TZNAME", "DTSTART", "RRULE", "RDATE", "EXDATE"}
)


@dataclass(slots=True)
class Trimmed:
    """A calendar file, trimmed: one text for each time zone and each event.

    `others` counts parts that are neither; `cancelled` says that the file as a whole takes its events back.
    """

    zones: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    others: int = 0
    cancelled: bool = False


def decoded(data: bytes) -> str:
    """Return the file as text; raise UnreadableCalendarError where it is too large or no text."""
    if len(data) > MAXIMUM_BYTES:
        megabytes = MAXIMUM_BYTES // 1024 // 1024
        raise UnreadableCalendarError(f"The file is too large: calendars of up to {megabytes} MB can be read.")
    if b"\0" in data:
        raise UnreadableCalendarError("The file holds NUL characters, so it is no calendar file (.ics) in UTF-8.")
    try:
        return data.decode().removeprefix(_BOM)
    except UnicodeDecodeError as error:
        raise UnreadableCalendarError(
            f"The file is not in UTF-8 (the byte at position {error.start + 1} is not); export the calendar again."
        ) from None


def trim(text: str) -> Trimmed:
    """Return what importing needs of a calendar file; raise UnreadableCalendarError where it is none."""
    trimmer = _Trimmer()
    for line in _lines(text):
        trimmer.take(line)
    return trimmer.finished()


def _lines(text: str) -> Iterator[str]:
    return (line for line in _BREAK.split(_FOLD.sub("", text)) if line.strip())


class _Trimmer:
    """Follows BEGIN and END, and keeps the lines that count."""

    def __init__(self) -> None:
        self.found = Trimmed()
        self.open: list[str] = []
        self.kept: list[str] = []
        self.calendars = 0

    def take(self, line: str) -> None:
        """Look at one unfolded line."""
        match = _NAME.match(line)
        name = match[0].upper() if match else ""
        if name == "BEGIN":
            self._begin(_value(line))
        elif name == "END":
            self._end(_value(line))
        elif self.open:
            self._property(name, line)

    def _begin(self, part: str) -> None:
        if len(self.open) >= MAXIMUM_DEPTH:
            raise UnreadableCalendarError("The parts of the file are nested too deeply for a calendar.")
        self.open.append(part)
        self.calendars += part in {"VCALENDAR", "VEVENT"}
        if self._wanted():
            self.kept.append(f"BEGIN:{part}")

    def _wanted(self) -> bool:
        """Tell whether the innermost open part is an event, or belongs to a time zone."""
        inside = [part for part in self.open if part != "VCALENDAR"]
        return inside == ["VEVENT"] or (bool(inside) and inside[0] == "VTIMEZONE" and set(inside) <= ZONE_PARTS)

    def _end(self, part: str) -> None:
        if not self.open or self.open[-1] != part:
            raise UnreadableCalendarError(f"The file is damaged: there is an END:{part[:40]} that nothing began.")
        wanted = self._wanted()
        self.open.pop()
        if wanted:
            self.kept.append(f"END:{part}")
        if self.open in ([], ["VCALENDAR"]) and part != "VCALENDAR":
            self._part_ended(part)

    def _part_ended(self, part: str) -> None:
        text = "\r\n".join(self.kept) + "\r\n"
        self.kept.clear()
        if part == "VEVENT":
            self.found.events.append(text)
        elif part == "VTIMEZONE":
            self.found.zones.append(text)
        else:
            self.found.others += 1
        if len(self.found.events) > MAXIMUM_EVENTS:
            raise UnreadableCalendarError(f"The file holds more than {MAXIMUM_EVENTS:,} events; export fewer of them.")

    def _property(self, name: str, line: str) -> None:
        if self.open[-1] == "VCALENDAR":
            self.found.cancelled = self.found.cancelled or (name == "METHOD" and _value(line) == "CANCEL")
            return
        wanted = EVENT_PROPERTIES if self.open[-1] == "VEVENT" else ZONE_PROPERTIES
        if name not in wanted or not self._wanted():
            return
        if len(line) > MAXIMUM_LINE:
            raise UnreadableCalendarError(f"The file holds a {name} of more than {MAXIMUM_LINE:,} characters.")
        self.kept.append(line.replace(" ", "") if name == "RRULE" else line)  # some write BYDAY=MO, TU

    def finished(self) -> Trimmed:
        """Return what was kept, once the last line is in."""
        if not self.calendars:
            raise UnreadableCalendarError("This is no calendar file: it holds neither a calendar nor an event.")
        if self.open:
            raise UnreadableCalendarError(f"The file is cut off: its {self.open[-1][:40]} has no end.")
        return self.found


def _value(line: str) -> str:
    return line.partition(":")[2].strip().upper()
