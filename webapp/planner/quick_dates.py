"""Dates as people write them in a line of quick text: 2026-11-24, 24 Nov, tomorrow, in 3 days, fri, next friday."""

from __future__ import annotations

import re
from datetime import date, timedelta

from webapp.core.periods import week_of

FIRST_YEAR, LAST_YEAR = 2000, 2099
LEAP_CYCLE = 9
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
WORDS = {"today": 0, "tomorrow": 1, "tmrw": 1, "yesterday": -1}
COMMON_WORDS = frozenset({"sat", "sun"})

_WEEKDAY = (
    r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
)
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DAY = r"(?P<d>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:,? (?P<y>\d{4}))?"


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?:on )?{text}", re.IGNORECASE | re.ASCII)


_ISO = _pattern(rf"(?:{_WEEKDAY},? )?(?P<y>\d{{4}})-(?P<m>\d{{1,2}})-(?P<d>\d{{1,2}})")
_DAY_MONTH = _pattern(rf"(?:{_WEEKDAY},? )?{_DAY} (?P<m>{_MONTH})\.?{_YEAR}")
_MONTH_DAY = _pattern(rf"(?:{_WEEKDAY},? )?(?P<m>{_MONTH})\.? {_DAY}{_YEAR}")
_WORD = _pattern(rf"(?P<word>{'|'.join(WORDS)})")
_AHEAD = re.compile(r"in (?P<n>\d{1,3}) (?P<unit>day|week)s?", re.IGNORECASE | re.ASCII)
_NAMED = _pattern(rf"(?P<next>next )?(?P<day>{_WEEKDAY})")


def read(text: str, today: date, week_start: int = 0) -> date | None:
    """Return the date that the text names, seen from today; None when it names none.

    A weekday is the coming one, today included; “next” moves it to the week after this one. A day and month
    without a year are the coming ones.
    """
    found = _dated(text, today) or _relative(text, today) or _weekday(text, today, week_start)
    return found if found and FIRST_YEAR <= found.year <= LAST_YEAR else None


def is_common_word(text: str, following: str) -> bool:
    """Tell whether a day's short name that opens a line is rather a word: “SAT practice”, “Sun and planets”."""
    return text.lower() in COMMON_WORDS and following != "" and not following[0].isdigit()


def _dated(text: str, today: date) -> date | None:
    match = _ISO.fullmatch(text)
    if match:
        return _date(int(match["y"]), int(match["m"]), int(match["d"]))
    match = _DAY_MONTH.fullmatch(text) or _MONTH_DAY.fullmatch(text)
    if match is None:
        return None
    month = next(n for n, name in enumerate(MONTHS, 1) if name.startswith(match["m"].lower()[:3]))
    if match["y"]:
        return _date(int(match["y"]), month, int(match["d"]))
    candidates = (_date(today.year + n, month, int(match["d"])) for n in range(LEAP_CYCLE))
    return next((day for day in candidates if day and day >= today), None)


def _relative(text: str, today: date) -> date | None:
    match = _WORD.fullmatch(text)
    if match:
        return _moved(today, WORDS[match["word"].lower()])
    match = _AHEAD.fullmatch(text)
    if match is None:
        return None
    return _moved(today, int(match["n"]) * (7 if match["unit"].lower() == "week" else 1))


def _weekday(text: str, today: date, week_start: int) -> date | None:
    match = _NAMED.fullmatch(text)
    if match is None:
        return None
    number = next(n for n, name in enumerate(WEEKDAYS) if name.startswith(match["day"].lower()[:3]))
    if match["next"]:
        return next((day for day in week_of(today, week_start).following() if day.weekday() == number), None)
    return _moved(today, (number - today.weekday()) % 7)


def _moved(day: date, days: int) -> date | None:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
