"""Cutting time into the periods of goals, as one person's zone and first weekday say; pure."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from webapp.core.periods import DateRange, month_of, week_of
from webapp.core.timezones import day_start, local_date
from webapp.goals.types import TimePeriod

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

_ONE_DAY: Final = timedelta(days=1)


class Terms(NamedTuple):
    """The target of a goal and whether it was in use, from a date on."""

    from_date: date
    target: int
    active: bool


def in_force(terms: Sequence[Terms], on: date) -> Terms:
    """Return the terms that held at the end of a date, given all in order; the first also held before it."""
    return terms[max(0, bisect_right(terms, on, key=attrgetter("from_date")) - 1)]


@lru_cache(maxsize=10_000)
def _period(kind: TimePeriod, day: date, week_start: int) -> DateRange:
    if kind is TimePeriod.DAILY:
        return DateRange(day, day)
    return week_of(day, week_start) if kind is TimePeriod.WEEKLY else month_of(day)


@lru_cache(maxsize=10_000)
def _date_of(instant: datetime, zone: str) -> date:
    return local_date(instant, zone)


class Slicing(NamedTuple):
    """How a person's periods lie: the zone, the first weekday (0 = Monday), and the local date of now."""

    zone: str
    week_start: int
    today: date

    @classmethod
    def at(cls, zone: str, week_start: int, now: datetime) -> Slicing:
        """Return the slicing as of an instant."""
        return cls(zone, week_start, local_date(now, zone))

    @property
    def name(self) -> str:
        """Return what tells one slicing from another."""
        return f"{self.zone}/{self.week_start}"

    @property
    def next_midnight(self) -> datetime:
        """Return when the next local date begins."""
        return day_start(self.zone, self.today + _ONE_DAY)

    def period(self, kind: TimePeriod, day: date) -> DateRange:
        """Return the period of that kind that holds the date."""
        return _period(kind, day, self.week_start)

    def running(self, kind: TimePeriod) -> DateRange:
        """Return the period that holds today."""
        return self.period(kind, self.today)

    def first(self, kind: TimePeriod, since: datetime) -> DateRange:
        """Return the period in which a goal began to count."""
        return self.period(kind, _date_of(since, self.zone))

    def closed(self, kind: TimePeriod, since: datetime, after: date | None = None) -> Iterator[DateRange]:
        """Yield the periods that are over, newest first, back to that of `since`; with `after`, only later ones."""
        oldest = self.first(kind, since).first
        period = self.period(kind, self.running(kind).first - _ONE_DAY)
        while period.first >= oldest and (after is None or period.last > after):
            yield period
            period = self.period(kind, period.first - _ONE_DAY)
