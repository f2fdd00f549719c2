"""What the dashboard's charts draw, in the form that static/js/charts.js reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.analytics.wording import day_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from webapp.analytics.types import Dashboard
    from webapp.rollups.types import CategoryFigures

NO_CATEGORY = "No category"
DAY_IN_URL = "DATE"


def category_chart(board: Dashboard, link: Callable[[CategoryFigures], str]) -> dict[str, Any]:
    """Return the doughnut of scheduled minutes by category; `link` opens the rows of one."""
    shown = [row for row in board.categories if row.scheduled_minutes]
    return {
        "type": "doughnut",
        "unit": "minutes",
        "labels": [row.name or NO_CATEGORY for row in shown],
        "series": [{"label": "Planned", "values": [row.scheduled_minutes for row in shown]}],
        "colours": [f"category-{row.color or 'grey'}" for row in shown],
        "links": [link(row) for row in shown],
    }


def days_axis(board: Dashboard, today: date) -> dict[str, Any]:
    """Return the axis that the charts over days share: a label for each date, and whether the last still runs."""
    return {"labels": [day_text(day.local_date) for day in board.daily], "incomplete": board.range.last == today}


def day_links(first: date, url: str) -> dict[str, str]:
    """Return what a click on a date opens: an address in which scripts put the date in place of `DAY_IN_URL`."""
    return {"first": first.isoformat(), "url": url, "mark": DAY_IN_URL}


def minutes_chart(board: Dashboard, axis: dict[str, Any], day_url: str, *, compare: bool) -> dict[str, Any]:
    """Return the lines of scheduled, studied and focus minutes a day; `compare` adds the studied minutes before."""
    series = [
        _series("Planned", "scheduled", [day.scheduled_minutes for day in board.daily]),
        _series("Studied", "studied", [day.studied_minutes for day in board.daily]),
        _series("Focus", "focus", [day.focus_minutes for day in board.daily]),
    ]
    if compare:
        before = _series("Studied, the period before", "studied", [day.studied_minutes for day in board.daily_before])
        series.append({**before, "previous": True})
    days = day_links(board.range.first, day_url)
    return {"type": "line", "unit": "minutes", "series": series, "days": days, **axis}


def completed_chart(board: Dashboard, axis: dict[str, Any], day_url: str, *, compare: bool) -> dict[str, Any]:
    """Return the bars of completed tasks a day."""
    series = [_series("Completed", "completed", [day.completed_tasks_count for day in board.daily])]
    if compare:
        values = [day.completed_tasks_count for day in board.daily_before]
        series.append({**_series("Completed, the period before", "completed", values), "previous": True})
    return {"type": "bar", "unit": "count", "series": series, "days": day_links(board.range.first, day_url), **axis}


def priority_chart(board: Dashboard, links: list[str]) -> dict[str, Any]:
    """Return the bars of planned minutes by priority, each with the address of its rows."""
    return {
        "type": "bar",
        "unit": "minutes",
        "labels": [row.priority.value.title() for row in board.priorities],
        "series": [_series("Planned", "scheduled", [row.minutes for row in board.priorities])],
        "links": links,
    }


def _series(label: str, colour: str, values: list[int]) -> dict[str, Any]:
    return {"label": label, "colour": colour, "values": values}
