"""What the charts of a student draw, in the form that static/js/charts.js reads, and what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.core.ratios import rounded
from webapp.core.words import DASH, day_text, minutes_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from webapp.rollups.types import DayFigures
    from webapp.students.types import ActiveDays


def minutes_chart(days: Sequence[DayFigures]) -> dict[str, Any]:
    """Return the lines of planned and studied minutes a day."""
    return {
        "type": "line",
        "unit": "minutes",
        "labels": [day_text(day.local_date) for day in days],
        "series": [
            {"label": "Planned", "colour": "scheduled", "values": [day.scheduled_minutes for day in days]},
            {"label": "Studied", "colour": "studied", "values": [day.studied_minutes for day in days]},
        ],
        "incomplete": True,
    }


def minutes_sentence(days: Sequence[DayFigures]) -> str:
    """Return what the minutes say."""
    planned, studied = sum(day.scheduled_minutes for day in days), sum(day.studied_minutes for day in days)
    missed = sum(day.passed_minutes for day in days) - studied
    if not planned:
        return f"Nothing was planned in the last {len(days)} days."
    return (
        f"{minutes_text(studied)} studied of {minutes_text(planned)} planned in the last {len(days)} days; "
        f"{minutes_text(missed)} missed."
    )


def xp_chart(week: Sequence[DayFigures]) -> dict[str, Any]:
    """Return the bars of XP a day."""
    return {
        "type": "bar",
        "unit": "count",
        "labels": [day_text(day.local_date) for day in week],
        "series": [{"label": "XP", "colour": "completed", "values": [day.xp for day in week]}],
        "incomplete": True,
    }


def active_sentence(found: ActiveDays) -> str:
    """Return on how many dates a student was active, and when last."""
    if found.last is None:
        return "No activity has been noted."
    return f"Active on {found.active} of the last {len(found.days)} days, last on {day_text(found.last)}."


def percent_text(value: Fraction | None) -> str:
    """Return an exact figure in percent as `85.3 %`, rounded half-up; a dash for None."""
    return DASH if value is None else f"{rounded(value, 1):g} %"
