"""How long requests, jobs and blocks took over a window, added up from the rows of all processes.

Whole hours come from `timing_hours` where they are added up, everything else from minutes; the counts of both are
the same counts, so it does not matter which. What a process has measured is here after ten seconds at most.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, or_, select

from webapp.core.histograms import Counts, of_json, percentile
from webapp.core.timings import ALL, REQUEST
from webapp.health.models import SlowQuery, TimingHour, TimingMinute
from webapp.health.types import SlowRow, Timing
from webapp.health.writing import MEASURES, hour_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

ONE_HOUR: Final = timedelta(hours=1)
MOST_SLOW: Final = 50
MICROSECONDS: Final = 1000


@dataclass(slots=True)
class Sum:
    """What rows add up to; durations in microseconds."""

    times: int = 0
    failed: int = 0
    statements: int = 0
    most_statements: int = 0
    total_us: int = 0
    longest_us: int = 0
    counts: Counts = field(default_factory=dict)

    def add(self, row: Any) -> None:
        """Take a row of minutes or hours."""
        self.times += row.times
        self.failed += row.failed
        self.statements += row.statements
        self.total_us += row.total_us
        self.most_statements = max(self.most_statements, row.most_statements)
        self.longest_us = max(self.longest_us, row.longest_us)
        for bucket, number in of_json(row.histogram).items():
            self.counts[bucket] = self.counts.get(bucket, 0) + number

    def timing(self, name: str) -> Timing:
        """Return it as it is shown."""
        p50, p95, p99 = (self._percentile(percent) for percent in (50, 95, 99))
        mean = _milliseconds(self.total_us / self.times) if self.times else None
        each = self.statements / self.times if self.times else 0.0
        longest = self.longest_us / MICROSECONDS
        return Timing(name, self.times, self.failed, p50, p95, p99, mean, longest, each, self.most_statements)

    def _percentile(self, percent: int) -> float | None:
        """Return a percentile in milliseconds; the middle of the last bucket may lie beyond the longest."""
        found = percentile(self.counts, percent)
        return None if found is None else _milliseconds(min(found, self.longest_us))


def by_name(session: Session, kind: str, since: datetime, until: datetime) -> list[Timing]:
    """Return what happened under each name from the one minute up to the other, the slowest p95 first."""
    sums: defaultdict[str, Sum] = defaultdict(Sum)
    for row in rows(session, kind, since, until):
        sums[row.name].add(row)
    found = [each.timing(name) for name, each in sums.items()]
    return sorted(found, key=lambda timing: (-(timing.p95_ms or 0), timing.name))


def together(session: Session, since: datetime, until: datetime) -> Timing:
    """Return all requests from the one minute up to the other as one."""
    whole = Sum()
    for row in rows(session, ALL, since, until):
        whole.add(row)
    return whole.timing("")


def rows(session: Session, kind: str, since: datetime, until: datetime) -> Iterable[Any]:
    """Return the rows, with their moment `at`, that make up the minutes from `since` up to, without, `until`."""
    hours = rolled_hours(session, since, until)
    if hours:
        of_hours = select(TimingHour.hour.label("at"), *_columns(TimingHour))
        yield from session.execute(of_hours.where(TimingHour.kind == kind, TimingHour.hour.in_(hours)))
    spans = [_minutes(*span) for span in gaps(hours, since, until)]
    if spans:
        of_minutes = select(TimingMinute.minute.label("at"), *_columns(TimingMinute))
        of_kind = TimingMinute.kind == (REQUEST if kind == ALL else kind)
        yield from session.execute(of_minutes.where(of_kind, or_(*spans)))


def _columns(model: Any) -> list[Any]:
    return [getattr(model, name) for name in ("name", *MEASURES)]


def rolled_hours(session: Session, since: datetime, until: datetime) -> list[datetime]:
    """Return the hours wholly inside the span that are added up, in order."""
    inside = (TimingHour.hour >= since, TimingHour.hour <= until - ONE_HOUR)
    return list(session.scalars(select(TimingHour.hour).where(*inside).distinct().order_by(TimingHour.hour)))


def gaps(hours: list[datetime], since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """Return what the hours leave of a span."""
    found, start = [], since
    for hour in hours:
        if hour > start:
            found.append((start, hour))
        start = hour + ONE_HOUR
    if start < until:
        found.append((start, until))
    return found


def slow_queries(session: Session, since: datetime) -> list[SlowRow]:
    """Return statements that took long since then, each with its page, how often and when last.

    How long, and the number of the request, are those of the longest time.
    """
    same: dict[str, Any] = {"partition_by": (SlowQuery.statement, SlowQuery.page)}
    longest_first = (SlowQuery.milliseconds.desc(), SlowQuery.occurred_at.desc(), SlowQuery.id)
    newest = func.max(SlowQuery.occurred_at, type_=SlowQuery.occurred_at.type).over(**same)
    columns = (
        *(SlowQuery.statement, SlowQuery.page, func.count().over(**same).label("times"), SlowQuery.milliseconds),
        *(newest.label("last_at"), SlowQuery.request_id),
    )
    place = func.row_number().over(**same, order_by=longest_first).label("place")
    each = select(*columns, place).where(SlowQuery.occurred_at >= since).subquery().c
    shown = (each.statement, each.page, each.times, each.milliseconds, each.last_at, each.request_id)
    longest = select(*shown).where(each.place == 1).order_by(each.milliseconds.desc(), each.statement, each.page)
    return [SlowRow(*row) for row in session.execute(longest.limit(MOST_SLOW))]


def minute_of(instant: datetime) -> datetime:
    """Return the beginning of the minute."""
    return instant.replace(second=0, microsecond=0)


def hours_to_roll(session: Session, since: datetime, until: datetime) -> list[datetime]:
    """Return the hours from `since` that ended before `until`, have minutes, and are not added up."""
    first = hour_of(since)
    rolled = set(rolled_hours(session, first, until))
    number = int((hour_of(until) - first) / ONE_HOUR)
    candidates = [first + ONE_HOUR * step for step in range(number)]
    return [hour for hour in candidates if hour not in rolled and _has_minutes(session, hour)]


def _has_minutes(session: Session, hour: datetime) -> bool:
    return session.scalar(select(TimingMinute.minute).where(_minutes(hour, hour + ONE_HOUR)).limit(1)) is not None


def _minutes(first: datetime, until: datetime) -> ColumnElement[bool]:
    return (TimingMinute.minute >= first) & (TimingMinute.minute < until)


def _milliseconds(microseconds: float | None) -> float | None:
    return None if microseconds is None else microseconds / MICROSECONDS
