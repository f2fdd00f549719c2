"""Each day with the minutes of its categories, for exports: in stretches, so that memory stays flat."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import Date, Uuid, bindparam, select

from webapp.core.periods import DateRange
from webapp.db.base import table_of
from webapp.planner.models import Category
from webapp.rollups.days import minute_of
from webapp.rollups.models import DailyCategoryMetrics
from webapp.rollups.queries.live import live_days
from webapp.rollups.queries.stored import stored
from webapp.rollups.types import NO_CATEGORY_KEY, DayFigures

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.rollups.types import Person

DAYS_AT_ONCE: Final = 366
# Small, so that the first line is out before the rest is read.
FIRST_DAYS: Final = 31
_parts, _categories = table_of(DailyCategoryMetrics), table_of(Category)


class DayWithCategories(NamedTuple):
    """A day; `minutes` are the scheduled minutes by category name, None for no category, most first."""

    figures: DayFigures
    minutes: list[tuple[str | None, int]]


def days_with_categories(
    session: Session, person: Person, first: date, last: date, now: datetime
) -> Iterator[DayWithCategories]:
    """Yield every date from first to last, zeros included, exact as of `now`; any number of days."""
    names = dict(session.execute(_NAMES, {"user": person.user_id}).all())
    size = FIRST_DAYS
    while first <= last:
        until = min(last, first + timedelta(days=size - 1))
        yield from _stretch(session, person, DateRange(first, until), now, names)
        first, size = until + timedelta(days=1), DAYS_AT_ONCE


def _stretch(
    session: Session, person: Person, dates: DateRange, now: datetime, names: dict[UUID, str]
) -> list[DayWithCategories]:
    answer = stored(session, person, dates, now)
    minutes = _stored_minutes(session, person.user_id, dates)
    live = live_days(session, person, [day for day in answer.live if day in dates], minute_of(now))
    for day, found in live.items():
        answer.days[day] = DayFigures(day, *found.figures)
        minutes[day] = {key: counts[0] for key, counts in found.categories.items()}
    return [
        DayWithCategories(answer.days.get(day) or DayFigures(day), _named(minutes.get(day, {}), names)) for day in dates
    ]


def _stored_minutes(session: Session, user_id: UUID, dates: DateRange) -> dict[date, dict[UUID, int]]:
    values = {"user": user_id, "first": dates.first, "last": dates.last}
    found: dict[date, dict[UUID, int]] = {}
    for day, key, minutes in session.execute(_MINUTES, values):
        found.setdefault(day, {})[key] = minutes
    return found


def _named(minutes: dict[UUID, int], names: dict[UUID, str]) -> list[tuple[str | None, int]]:
    pairs = [(None if key == NO_CATEGORY_KEY else names.get(key), count) for key, count in minutes.items() if count]
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0] or ""))


_user = bindparam("user", type_=Uuid())
_NAMES: Final = select(_categories.c.id, _categories.c.name).where(_categories.c.user_id == _user)
_MINUTES: Final = select(_parts.c.local_date, _parts.c.category_key, _parts.c.scheduled_minutes).where(
    _parts.c.user_id == _user,
    _parts.c.local_date.between(bindparam("first", type_=Date()), bindparam("last", type_=Date())),
)
