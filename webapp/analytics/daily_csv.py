"""The daily export: one row a date, the columns that the API promises."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from webapp.core import clock
from webapp.core.tables import Column, csv_lines
from webapp.planner.models import Category
from webapp.rollups.days import minute_of
from webapp.rollups.queries.by_day import DayWithCategories, days_with_categories
from webapp.rollups.queries.day_texts import COMMA, day_texts
from webapp.rollups.queries.live import live_days
from webapp.rollups.queries.stored import live_dates
from webapp.rollups.types import NO_CATEGORY_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.periods import DateRange
    from webapp.rollups.queries.live import LiveDay
    from webapp.rollups.types import Person

    Label = tuple[UUID, str]

UNCATEGORISED = "Uncategorised"
DAYS_AT_ONCE: Final = 4_000
# Small, so that the first rows are out before the rest is read.
FIRST_DAYS: Final = 31


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
    return daily_csv_between(session, person, dates.first, dates.last)


def daily_csv_between(session: Session, person: Person, first: date, last: date) -> Iterator[bytes]:
    """Yield the export of any number of dates: what `COLUMNS` and `csv_lines` make of each, several times faster.

    The heading comes before anything is read, and memory stays flat.
    """
    now = clock.now()
    slowly = csv_lines(COLUMNS, days_with_categories(session, person, first, last, now))
    yield next(slowly)
    labels = _labels(session, person)
    if labels is None:
        yield from slowly
        return
    size = FIRST_DAYS
    while first <= last:
        until = min(last, first + timedelta(days=size - 1))
        yield _stretch(session, person, (first, until), now, labels)
        first, size = until + timedelta(days=1), DAYS_AT_ONCE


def _stretch(
    session: Session, person: Person, dates: tuple[date, date], now: datetime, labels: Sequence[Label]
) -> bytes:
    first, last = dates
    numbers, categories = day_texts(session, person, first, last, labels)
    stale = [day for day in live_dates(session, person, first, last, now) if first <= day <= last]
    live = live_days(session, person, stale, minute_of(now))
    fresh = {day.isoformat(): _live_line(day, found, labels) for day, found in live.items()}
    days = (date.fromordinal(n).isoformat() for n in range(first.toordinal(), last.toordinal() + 1))
    return "".join([fresh.get(day) or _line(day, numbers.get(day), categories.get(day)) for day in days]).encode()


def _line(day: str, numbers: Sequence[Any] | None, categories: str | None) -> str:
    if numbers is None:
        return f"{day},0,0,0,{{}}\r\n"
    scheduled, focus, completed = numbers
    cell = f'"{{{categories}}}"' if categories else "{}"
    return f"{day},{scheduled},{focus},{completed},{cell}\r\n"


def _live_line(day: date, found: LiveDay, labels: Sequence[Label]) -> str:
    figures = found.figures
    minutes = {key: counts[0] for key, counts in found.categories.items() if counts[0]}
    ordered = sorted((-minutes[key], place, label) for place, (key, label) in enumerate(labels) if key in minutes)
    text = COMMA.join(f"{label}{-negative}" for negative, _, label in ordered)
    numbers = (figures.scheduled_minutes, figures.focus_minutes, figures.completed_tasks_count)
    return _line(day.isoformat(), numbers, text)


def _labels(session: Session, person: Person) -> list[Label] | None:
    """Return each category's name as it stands in a cell, with the colon; None where two would be the same."""
    rows = session.execute(select(Category.id, Category.name).where(Category.user_id == person.user_id))
    names: Mapping[UUID, str] = dict(rows.all())
    if UNCATEGORISED in names.values():
        return None
    keys = [NO_CATEGORY_KEY, *sorted(names, key=names.__getitem__)]
    return [(key, _label(names.get(key, UNCATEGORISED))) for key in keys]


def _label(name: str) -> str:
    """Return a name as a key of the JSON in a CSV cell: quotes are doubled."""
    return json.dumps(name, ensure_ascii=False).replace('"', '""') + ":"
