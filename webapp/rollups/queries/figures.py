"""The figures of one person, exact at any moment: stored days where they can be trusted, raw rows where not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from webapp.core.timezones import day_start, local_date
from webapp.planner.types import by_name
from webapp.rollups.days import instant_of, minute_of
from webapp.rollups.queries.live import NOTHING, live_days
from webapp.rollups.queries.stored import stored
from webapp.rollups.queries.streak import Completions, doubtful
from webapp.rollups.queries.streak import streak as streak_of
from webapp.rollups.types import (
    EVERYTHING,
    NO_CATEGORY_KEY,
    NO_FIGURES,
    CategoryFigures,
    DayFigures,
    Figures,
    Narrowing,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.periods import DateRange
    from webapp.planner.types import CategoryRow
    from webapp.rollups.queries.live import LiveDay
    from webapp.rollups.queries.stored import Stored
    from webapp.rollups.types import CategoryFilter, Person

_ONE_DAY: Final = timedelta(days=1)
_NO_COUNTS: Final = [0, 0, 0, 0, 0]


@dataclass(frozen=True, slots=True)
class RangeFigures:
    """The figures of a range of local dates, as of the whole minute `as_of`.

    `days` has one entry for each date, zeros included; `before` the same for the period before, and `totals_before`
    its sums, if asked for.
    `categories` are those with anything in the range, most scheduled minutes first, then by name, none last.
    `known_categories` are all of the person's, archived ones too, by name.
    `streak` is `streak_days_completed`, None unless asked for.
    `valid_until` is the next instant at which time alone changes a figure, or the local date.
    """

    range: DateRange
    days: list[DayFigures]
    before: list[DayFigures]
    totals_before: Figures
    categories: list[CategoryFigures]
    known_categories: list[CategoryRow]
    streak: int | None
    as_of: datetime
    valid_until: datetime

    @property
    def totals(self) -> Figures:
        """Return the sums over the range."""
        return total(self.days)

    @property
    def top_category(self) -> CategoryFigures | None:
        """Return the category with the most scheduled minutes; None when no category has any."""
        named = [each for each in self.categories if each.category_id is not None and each.scheduled_minutes]
        return min(named, key=_by_minutes, default=None)


def total(days: Iterable[DayFigures]) -> Figures:
    """Return the sums of the figures of some days."""
    columns = list(zip(*days, strict=True))[1:]
    return Figures._make(map(sum, columns)) if columns else Figures()


def range_figures(  # noqa: PLR0913 - each is a part of the question
    session: Session,
    person: Person,
    dates: DateRange,
    now: datetime,
    *,
    category: CategoryFilter = EVERYTHING,
    compare: bool = False,
    days_before: bool = False,
    streak: bool = False,
) -> RangeFigures:
    """Return the figures of a range of the person's local dates, narrowed to a category if so asked.

    `compare` adds the sums of the period of equal length before, `days_before` its days too, `streak` the streak.
    Two statements, or three when marked days lie far apart; and one more for each 60 days of the streak that lie
    outside the range.
    """
    minute, today = minute_of(now), local_date(now, person.zone)
    loaded = dates.with_previous() if days_before else dates
    before = dates.previous() if compare and not days_before else None
    answer = stored(session, person, loaded, now, category=category, sums_from=dates.first, before=before, rest=streak)
    completions = _completions(session, person, loaded, today, answer, category)
    wanted = {day for day in answer.live if day in loaded or (before and day in before)}
    if streak:
        wanted |= doubtful(today, completions, answer.live, answer.rest)
    live = live_days(session, person, wanted, minute)
    key = category_key(category)
    days = _merge(loaded, answer, live, key)
    earlier = days[: len(days) - len(dates)]
    of_live = [found.narrowed(day, key) for day, found in live.items() if before and day in before]
    return RangeFigures(
        range=dates,
        days=days[len(days) - len(dates) :],
        before=earlier,
        totals_before=_sum(answer.before, total(earlier), total(of_live)),
        categories=_categories(dates, answer, live, key),
        known_categories=sorted(answer.names.values(), key=by_name),
        streak=_streak(today, completions, answer, live) if streak else None,
        as_of=instant_of(minute),
        valid_until=valid_until(person, today, live.get(today, NOTHING), minute),
    )


def day_figures(
    session: Session, person: Person, dates: DateRange, now: datetime, category: CategoryFilter = EVERYTHING
) -> list[DayFigures]:
    """Return the figures of each date of a range, in order, zeros included."""
    return range_figures(session, person, dates, now, category=category).days


def category_key(category: CategoryFilter) -> UUID | None:
    """Return the key under which figures of the category are kept; None for everything."""
    if isinstance(category, Narrowing):
        return NO_CATEGORY_KEY if category is Narrowing.UNCATEGORISED else None
    return category


def valid_until(person: Person, today: date, live_today: LiveDay, minute: int) -> datetime:
    """Return the next instant at which time alone changes a figure of a range that may hold today, or the date."""
    changes = [start + 1 if start >= minute else minute + 1 for start, end, *_ in live_today.day.slots if end > minute]
    midnight = day_start(person.zone, today + _ONE_DAY)
    return min(instant_of(min(changes)), midnight) if changes else midnight


def _merge(loaded: Iterable[date], answer: Stored, live: dict[date, LiveDay], key: UUID | None) -> list[DayFigures]:
    days = answer.days | {day: found.narrowed(day, key) for day, found in live.items()}
    return [days.get(day) or _empty(day) for day in loaded]


def _sum(*parts: Figures) -> Figures:
    return Figures._make(map(sum, zip(*parts, strict=True)))


def _empty(day: date) -> DayFigures:
    return tuple.__new__(DayFigures, (day, *NO_FIGURES))


def _categories(
    dates: DateRange, answer: Stored, live: dict[date, LiveDay], only: UUID | None
) -> list[CategoryFigures]:
    sums = {key: list(counts) for key, counts in answer.sums.items()}
    for day, found in live.items():
        if day in dates:
            for key, counts in found.categories.items():
                before = sums.get(key, _NO_COUNTS)
                sums[key] = [one + other for one, other in zip(before, counts, strict=True)]
    rows = [
        CategoryFigures(None if key == NO_CATEGORY_KEY else key, *_named(answer, key), *counts)
        for key, counts in sums.items()
        if any(counts) and only in {None, key}
    ]
    return sorted(rows, key=_by_minutes)


def _named(answer: Stored, key: UUID) -> tuple[str | None, str | None]:
    found = answer.names.get(key)
    return (found.name, found.color) if found else (None, None)


def _by_minutes(row: CategoryFigures) -> tuple[bool, int, str, str]:
    name = row.name or ""
    return row.category_id is None, -row.scheduled_minutes, name.casefold(), name


def _completions(
    session: Session, person: Person, loaded: DateRange, today: date, answer: Stored, category: CategoryFilter
) -> Completions:
    """Return the stored dates with a completed task, beginning with those that have been read anyway."""
    if category is EVERYTHING and today in loaded:
        known = (day for day, figures in answer.days.items() if figures.completed_tasks_count and day <= today)
        return Completions(session, person.user_id, loaded.first, known)
    return Completions(session, person.user_id, today + _ONE_DAY, ())


def _streak(today: date, completions: Completions, answer: Stored, live: dict[date, LiveDay]) -> int:
    counts = {day: live[day].figures.completed_tasks_count if day in live else 0 for day in answer.live}
    return streak_of(today, completions, counts, answer.rest)
