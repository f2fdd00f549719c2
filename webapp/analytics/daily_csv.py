"""The daily export: one row a date, the columns that the API promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from webapp.core import clock
from webapp.core.tables import Column, csv_lines
from webapp.rollups.queries.by_day import DayWithCategories, days_with_categories

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from webapp.core.periods import DateRange
    from webapp.rollups.types import Person

UNCATEGORISED = "Uncategorised"


def category_minutes(day: DayWithCategories) -> dict[str, int]:
    """Return the scheduled minutes by category name, `Uncategorised` for none."""
    found: dict[str, int] = {}
    for name, minutes in day.minutes:
        # A category may bear the very name that stands for none.
        found[name or UNCATEGORISED] = found.get(name or UNCATEGORISED, 0) + minutes
    return found


COLUMNS: Final[list[Column[DayWithCategories]]] = [
    Column("date", "date", lambda day: day.figures.local_date),
    Column("total_scheduled_minutes", "total_scheduled_minutes", lambda day: day.figures.scheduled_minutes),
    Column("focus_minutes", "focus_minutes", lambda day: day.figures.focus_minutes),
    Column("completed_tasks_count", "completed_tasks_count", lambda day: day.figures.completed_tasks_count),
    Column("category_minutes", "category_minutes", category_minutes),
]


def daily_csv_lines(session: Session, person: Person, dates: DateRange) -> Iterator[bytes]:
    """Yield the export of a range as CSV; `session` must stay open until the last line is taken."""
    days = days_with_categories(session, person, dates.first, dates.last, clock.now())
    return csv_lines(COLUMNS, days)
