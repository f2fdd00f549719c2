"""Minutes become hours, and what is old goes."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, insert, select

from webapp.core import clock
from webapp.core.histograms import as_json
from webapp.core.timings import ALL, BLOCK, JOB, REQUEST
from webapp.db.base import table_of
from webapp.db.upsert import upsert
from webapp.health.models import (
    Alert,
    AlertPost,
    Heartbeat,
    SlowQuery,
    SystemHour,
    SystemSample,
    TimingHour,
    TimingMinute,
)
from webapp.health.queries.timings import ONE_HOUR, Sum, hours_to_roll, rows
from webapp.health.writing import LATE, hour_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

MINUTES_KEPT: Final = timedelta(days=2)
HEARTBEATS_KEPT: Final = timedelta(days=1)
POSTS_KEPT: Final = timedelta(days=7)
ALERTS_KEPT: Final = timedelta(days=90)
MINUTES: Final = (TimingMinute.minute, SystemSample.minute)
KINDS: Final = (REQUEST, JOB, BLOCK, ALL)


def roll(session: Session) -> int:
    """Add up every hour that is over, and let old minutes go; return how many hours of requests there were."""
    now = clock.now()
    since = now - MINUTES_KEPT + ONE_HOUR
    hours = hours_to_roll(session, since, now - LATE)
    for hour in hours:
        _roll_timings(session, hour)
    _roll_samples(session, since, now)
    for column, lasts in (*((one, MINUTES_KEPT) for one in MINUTES), (Heartbeat.beat_at, HEARTBEATS_KEPT)):
        session.execute(delete(column.class_).where(column < now - lasts).execution_options(**_PLAIN))
    return len(hours)


def forget_old(session: Session, kept: timedelta) -> int:
    """Delete hours and slow statements that have been kept for so long, and alerts of 90 days; return how many."""
    now = clock.now()
    old = (
        (TimingHour.hour, kept),
        (SystemHour.hour, kept),
        (SlowQuery.occurred_at, kept),
        (Alert.resolved_at, ALERTS_KEPT),
        (AlertPost.created_at, POSTS_KEPT),
    )
    gone = 0
    for column, lasts in old:
        statement = delete(column.class_).where(column < now - lasts).execution_options(**_PLAIN)
        gone += session.execute(statement).rowcount  # type: ignore[attr-defined]
    return gone


def sums_of(samples: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Return by figure the sum, number, largest and last of its samples, which are given in order of time."""
    found: dict[str, dict[str, float]] = {}
    for sample in samples:
        for key, value in sample.items():
            if not isinstance(value, int | float):
                continue
            kept = found.setdefault(key, {"sum": 0.0, "number": 0, "largest": value, "last": value})
            kept["sum"] += value
            kept["number"] += 1
            kept["largest"] = max(kept["largest"], value)
            kept["last"] = value
    return found


def _roll_timings(session: Session, hour: datetime) -> None:
    """Add up an hour. All is read before anything is written: with one row of it, the hour counts as added up."""
    rolled = [_hour_row(hour, kind, *item) for kind in KINDS for item in _sums(session, hour, kind).items()]
    session.execute(insert(table_of(TimingHour)), rolled)


def _sums(session: Session, hour: datetime, kind: str) -> dict[str, Sum]:
    sums: defaultdict[str, Sum] = defaultdict(Sum)
    for row in rows(session, kind, hour, hour + ONE_HOUR):
        sums["" if kind == ALL else row.name].add(row)
    return sums


def _hour_row(hour: datetime, kind: str, name: str, whole: Sum) -> dict[str, Any]:
    return {
        "hour": hour,
        "kind": kind,
        "name": name,
        "times": whole.times,
        "failed": whole.failed,
        "statements": whole.statements,
        "most_statements": whole.most_statements,
        "total_us": whole.total_us,
        "longest_us": whole.longest_us,
        "histogram": as_json(whole.counts),
    }


def _roll_samples(session: Session, since: datetime, now: datetime) -> None:
    """Add up the samples of hours that are over; they are few, so those of the last two days are done anew."""
    statement = select(SystemSample.minute, SystemSample.figures).where(
        SystemSample.minute >= hour_of(since) + ONE_HOUR, SystemSample.minute < hour_of(now)
    )
    by_hour: defaultdict[datetime, list[Mapping[str, Any]]] = defaultdict(list)
    for minute, figures in session.execute(statement.order_by(SystemSample.minute)):
        by_hour[hour_of(minute)].append(figures)
    rolled = [{"hour": hour, "figures": sums_of(samples)} for hour, samples in by_hour.items()]
    upsert(session, table_of(SystemHour), rolled, keys=["hour"], update=["figures"])


_PLAIN: Final[dict[str, Any]] = {"synchronize_session": False}
