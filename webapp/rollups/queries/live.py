"""Days of one person computed from raw rows as of now, for when their stored rows cannot be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import UUID

from webapp.db.lists import key_text
from webapp.rollups import raw
from webapp.rollups.days import CategoryCounts, Day, cut, local_days
from webapp.rollups.days import day_figures as compute
from webapp.rollups.types import NO_CATEGORY_KEY, DayFigures, Figures

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sqlalchemy.orm import Session

    from webapp.rollups.types import Person

# Reading some days too many costs less than asking twice.
_DAYS_BETWEEN_STRETCHES: Final = 7


class LiveDay(NamedTuple):
    """One day: what it is made of, its figures, and the counts of each category by key (the nil id for none)."""

    day: Day
    figures: Figures
    categories: dict[UUID, CategoryCounts]

    def narrowed(self, local_date: date, key: UUID | None) -> DayFigures:
        """Return the figures of the day, of one category's tasks only unless the key is None."""
        if key is None:
            return DayFigures(local_date, *self.figures)
        scheduled, studied, passed, focus, completed = self.categories.get(key, (0, 0, 0, 0, 0))
        narrowed = self.figures._replace(
            scheduled_minutes=scheduled,
            studied_minutes=studied,
            passed_minutes=passed,
            focus_minutes=focus,
            completed_tasks_count=completed,
        )
        return DayFigures(local_date, *narrowed)


NOTHING: Final = LiveDay(Day(), Figures(), {})


def live_days(session: Session, person: Person, dates: Iterable[date], minute: int) -> dict[date, LiveDay]:
    """Return each of the dates computed as of the minute; one statement, none when there are no dates."""
    wanted = {day.toordinal(): day for day in dates}
    days = local_days(person.zone)
    user_key = key_text(session.get_bind().dialect.name, person.user_id)
    stretches = [raw.Stretch(user_key, days.start(first), days.start(last + 1)) for first, last in _stretches(wanted)]
    found = dict.fromkeys(wanted.values(), NOTHING)
    for rows in raw.read(session, stretches):
        for number, day in cut(days, rows).items():
            if number in wanted:
                figures, categories = compute(day, minute)
                by_id = {UUID(key) if key else NO_CATEGORY_KEY: counts for key, counts in categories.items()}
                found[wanted[number]] = LiveDay(day, figures, by_id)
    return found


def _stretches(numbers: Iterable[int]) -> list[tuple[int, int]]:
    stretches: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if stretches and number - stretches[-1][1] <= _DAYS_BETWEEN_STRETCHES:
            stretches[-1] = (stretches[-1][0], number)
        else:
            stretches.append((number, number))
    return stretches
