"""What the dashboard's charts draw, in the form that static/js/charts.js reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.analytics.wording import day_text

if TYPE_CHECKING:
    from datetime import date

    from webapp.analytics.types import Dashboard

NO_CATEGORY = "No category"


def category_chart(board: Dashboard) -> dict[str, Any]:
    """Return the doughnut of scheduled minutes by category."""
    shown = [row for row in board.categories if row.scheduled_minutes]
    return {
        "type": "doughnut",
        "unit": "minutes",
        "labels": [row.name or NO_CATEGORY for row in shown],
        "series": [{"label": "Planned", "values": [row.scheduled_minutes for row in shown]}],
        "colours": [f"category-{row.color or 'grey'}" for row in shown],
    }


def days_axis(board: Dashboard, today: date) -> dict[str, Any]:
    """Return the axis that the charts over days share: a label for each date, and whether the last still runs."""
    return {"labels": [day_text(day.local_date) for day in board.daily], "incomplete": board.range.last == today}


def minutes_chart(board: Dashboard, axis: dict[str, Any], *, compare: bool) -> dict[str, Any]:
    """Return the lines of scheduled, studied and focus minutes a day; `compare` adds the studied minutes before."""
    series = [
        _series("Planned", "scheduled", [day.scheduled_minutes for day in board.daily]),
        _series("Studied", "studied", [day.studied_minutes for day in board.daily]),
        _series("Focus", "focus", [day.focus_minutes for day in board.daily]),
    ]
    if compare:
        before = _series("Studied, the period before", "studied", [day.studied_minutes for day in board.daily_before])
        series.append({**before, "previous": True})
    return {"type": "line", "unit": "minutes", "series": series, **axis}


def completed_chart(board: Dashboard, axis: dict[str, Any], *, compare: bool) -> dict[str, Any]:
    """Return the bars of completed tasks a day."""
    series = [_series("Completed", "completed", [day.completed_tasks_count for day in board.daily])]
    if compare:
        values = [day.completed_tasks_count for day in board.daily_before]
        series.append({**_series("Completed, the period before", "completed", values), "previous": True})
    return {"type": "bar", "unit": "count", "series": series, **axis}


def priority_chart(board: Dashboard) -> dict[str, Any]:
    """Return the bars of planned minutes by priority."""
    return {
        "type": "bar",
        "unit": "minutes",
        "labels": [row.priority.value.title() for row in board.priorities],
        "series": [_series("Planned", "scheduled", [row.minutes for row in board.priorities])],
    }


def _series(label: str, colour: str, values: list[int]) -> dict[str, Any]:
    return {"label": label, "colour": colour, "values": values}
