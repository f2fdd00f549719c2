"""Times and lengths as people write them in a line of quick text: 16:00, 9-10:30, 4-5pm, noon, 1h30, 90 min."""

from __future__ import annotations

import re
from datetime import time
from typing import NamedTuple

HALF_DAY = 12
FIRST_BARE_MORNING_HOUR = 7
MINUTES_OF_DAY = 24 * 60

_CLOCK = r"(?:\d{1,2}(?::\d{2})?\s?(?:am|pm)?|noon|midnight)"
_SLOT = re.compile(
    rf"(?P<before>at |from )?(?P<a>{_CLOCK})(?:\s?(?:-|–|—|to|until|till)\s?(?P<b>{_CLOCK}))?", re.IGNORECASE | re.ASCII
)
_LENGTH = re.compile(
    r"(?:for )?(?:(?P<h>\d{1,3}(?:[.,]\d{1,2})?)\s?(?:h|hrs?|hours?)(?:\s?(?P<hm>\d{1,2})\s?(?:m|mins?|minutes?)?)?"
    r"|(?P<m>\d{1,4})(?:m|\s?mins?|\s?minutes?))",
    re.IGNORECASE | re.ASCII,
)


class SlotTime(NamedTuple):
    """When a slot begins, and ends if that was said."""

    start: time
    minutes: int | None


def read_slot(text: str) -> SlotTime | None:
    """Return the time or the range of times that the text is, bare numbers included; None when it is none."""
    match = _SLOT.fullmatch(text)
    if match is None:
        return None
    start, end = match["a"].lower(), (match["b"] or "").lower()
    if not end:
        at = _read_clock(start)
        return SlotTime(at, None) if at else None
    begin, finish = _read_clock(_with_half(start, end)), _read_clock(end.replace("24:00", "midnight"))
    if begin is None or finish is None:
        return None
    return SlotTime(begin, _minutes_from(begin, finish, twelve_hour=not end.endswith(("am", "pm", "midnight"))))


def _with_half(start: str, end: str) -> str:
    """Return the beginning with the am or pm of the end, unless it would then come after it."""
    half = end[-2:] if end.endswith(("am", "pm")) else ""
    if not half or not start[-1].isdigit():
        return start
    with_half = _read_clock(start + half)
    finish = _read_clock(end)
    if with_half is None or finish is None:
        return start
    return start + half if with_half < finish else f"{start}am"


def _read_clock(text: str) -> time | None:
    if text in {"noon", "midnight"}:
        return time(HALF_DAY if text == "noon" else 0)
    half = text[-2:] if text.endswith(("am", "pm")) else ""
    hours, _, minutes = text.removesuffix(half).strip().partition(":")
    hour = int(hours)
    if half and not 1 <= hour <= HALF_DAY:
        return None
    if half:
        hour = hour % HALF_DAY + (HALF_DAY if half == "pm" else 0)
    elif not minutes and 1 <= hour < FIRST_BARE_MORNING_HOUR:
        hour += HALF_DAY
    try:
        return time(hour, int(minutes or 0))
    except ValueError:
        return None


def _minutes_from(start: time, end: time, *, twelve_hour: bool) -> int:
    """Return how long it is from one time to the next such other time; “11-1” ends in the afternoon."""
    minutes = (end.hour - start.hour) * 60 + end.minute - start.minute
    if minutes <= 0 and twelve_hour and end.hour < HALF_DAY and minutes + HALF_DAY * 60 > 0 < end.hour:
        minutes += HALF_DAY * 60
    return minutes if minutes > 0 else minutes + MINUTES_OF_DAY


def read_length(text: str) -> int | None:
    """Return the minutes that the text names, at least 1; None when it names none."""
    match = _LENGTH.fullmatch(text)
    if match is None:
        return None
    if match["m"]:
        return int(match["m"]) or None
    hours = float(match["h"].replace(",", "."))
    return round(hours * 60) + int(match["hm"] or 0) or None


def is_time(text: str, *, after_date: bool) -> bool:
    """Tell whether the text, which may hold bare numbers, is meant as a time."""
    if re.search(r":|am|pm|noon|midnight", text, re.IGNORECASE) or text.lower().startswith(("at ", "from ")):
        return True
    return after_date and not text.isdigit()
