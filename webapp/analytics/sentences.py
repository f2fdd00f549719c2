"""What each chart of the dashboard says, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.analytics.charts import NO_CATEGORY
from webapp.analytics.wording import day_text, minutes_text, percent_text

if TYPE_CHECKING:
    from webapp.analytics.types import Dashboard


def sentences(board: Dashboard) -> dict[str, str]:
    """Return a sentence for each chart, by the chart's name."""
    return {
        "minutes": _minutes(board),
        "categories": _categories(board),
        "completed": _completed(board),
        "priorities": _priorities(board),
    }


def _minutes(board: Dashboard) -> str:
    totals = board.totals
    if not totals.scheduled_minutes:
        return "No time was planned in these dates."
    busiest = max(board.daily, key=lambda day: day.studied_minutes)
    words = f"You studied {minutes_text(totals.studied_minutes)} of {minutes_text(totals.scheduled_minutes)} planned"
    if not busiest.studied_minutes:
        return f"{words}."
    return f"{words}; most on {day_text(busiest.local_date)} with {minutes_text(busiest.studied_minutes)}."


def _categories(board: Dashboard) -> str:
    if not board.totals.scheduled_minutes:
        return "No time was planned in these dates."
    top = max(board.categories, key=lambda row: row.scheduled_minutes)
    share = percent_text(round(top.scheduled_minutes / board.totals.scheduled_minutes, 2))
    return (
        f"{top.name or NO_CATEGORY} takes the most: {minutes_text(top.scheduled_minutes)}, {share} of what is planned."
    )


def _completed(board: Dashboard) -> str:
    count = board.totals.completed_tasks_count
    if not count:
        return "No task was completed in these dates."
    days = sum(1 for day in board.daily if day.completed_tasks_count)
    return f"{count} completed, on {days} of {len(board.daily)} days." if count != 1 else "One task was completed."


def _priorities(board: Dashboard) -> str:
    high = board.priorities[0]
    if not sum(row.tasks for row in board.priorities):
        return "No task has time planned in these dates."
    if not high.tasks:
        return "No task of high priority has time planned in these dates."
    return f"{high.completed} of {high.tasks} tasks of high priority are completed."
