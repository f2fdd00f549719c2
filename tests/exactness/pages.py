"""The dashboard as a page: what its cards and its daily chart say, against the reference, in the page's own words."""

from __future__ import annotations

import html
import json
import re
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from tests.exactness.reference import rounded

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.exactness.reference import Reference

    Same = Callable[[str, object, object], None]

Dates = tuple[date, date]
COUNTED = {
    "Planned": "scheduled",
    "Studied": "studied",
    "In focus": "focus",
    "Completed": "completed",
    "XP": "xp",
}
MINUTES = ("Planned", "Studied", "In focus")
CARD = re.compile(r'<div class="stat">(.*?)(?=<div class="stat">|</section>)', re.DOTALL)
SERIES = {"Planned": "scheduled", "Studied": "studied", "Focus": "focus"}


def minutes_text(count: int) -> str:
    hours, rest = divmod(count, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h" if not rest else f"{hours} h {rest:02d} min"


def compare_dashboard(same: Same, page: str, reference: Reference, dates: Dates) -> None:
    """Compare the eight cards with their changes, and the lines of the daily chart."""
    length = dates[1] - dates[0] + timedelta(days=1)
    before = (dates[0] - length, dates[1] - length)
    cards = dict(_card(found) for found in CARD.findall(page) if '<span class="delta' in found)
    expected = {label: _counted(reference, label, dates, before) for label in COUNTED}
    expected |= {label: _share(label, reference, dates, before) for label in SHARES}
    same("cards of the page", cards, expected)
    found = re.search(r'id="minutes-data">(.*?)</script>', page, re.DOTALL)
    lines = {each["label"]: each["values"] for each in json.loads(found[1])["series"]} if found else {}
    days = reference.range(*dates)
    counted = {label: [getattr(count, name) for _, count in days] for label, name in SERIES.items()}
    if found or any(map(any, counted.values())):
        same("lines of the page", lines, counted)


def _card(part: str) -> tuple[str, tuple[str, str]]:
    """Return the label, and the value with its change as they are read."""
    label = re.search(r'class="stat-link"[^>]*>([^<]*)<', part)[1]
    value = re.search(r'class="stat-value">([^<]*)<', part)[1]
    change = re.search(r'<span class="delta[^"]*">(.*)</span>', part, re.DOTALL)[1]
    spoken = re.sub(r'<span class="visually-hidden">.*?</span>|<[^>]*>', "", change, flags=re.DOTALL)
    return text_of(label), (text_of(value), text_of(spoken))


def text_of(text: str) -> str:
    return " ".join(html.unescape(text).split())


def _counted(reference: Reference, label: str, dates: Dates, before: Dates) -> tuple[str, str]:
    value, earlier = (reference.total(COUNTED[label], *each) for each in (dates, before))
    words = minutes_text if label in MINUTES else lambda count: f"{count:,}"
    return words(value), _signed(value - earlier, words(abs(value - earlier)))


def _signed(change: Fraction | int, words: str) -> str:
    return "no change" if not change else f"{'+' if change > 0 else '−'}{words}"


def _exact(label: str, reference: Reference, dates: Dates) -> Fraction | None:
    part, whole = SHARES[label](reference, dates)
    return Fraction(part, whole) if whole else None


def _tasks(reference: Reference, dates: Dates) -> tuple[int, int]:
    tasks = reference.tasks_in(*dates)
    return sum(task.status == "completed" for task in tasks), len(tasks)


def _totals(part: str, whole: str):
    return lambda reference, dates: (reference.total(part, *dates), reference.total(whole, *dates))


SHARES = {
    "Completion rate": _tasks,
    "Follow-through": _totals("studied", "passed"),
    "Focus use": _totals("focus", "available"),
}


def _share(label: str, reference: Reference, dates: Dates, before: Dates) -> tuple[str, str]:
    value, earlier = (_exact(label, reference, each) for each in (dates, before))
    shown = "–" if value is None else f"{_percent(value)} %"
    if value is None or earlier is None:
        return shown, "No comparable data"
    change = rounded(value - earlier, 4)
    return shown, _signed(change, f"{_percent(abs(change))} points")


def _percent(value: Fraction) -> str:
    """Return 100 times the fraction of 4 decimals, with at most one."""
    return f"{round(float(rounded(value, 4)) * 100, 1):g}"
