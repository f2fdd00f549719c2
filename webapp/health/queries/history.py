"""How the installation was over a day, a week or a month, in steps, the last of which still runs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from webapp.core import timezones
from webapp.core.timings import ALL
from webapp.health.models import SystemHour, SystemSample
from webapp.health.queries.timings import ONE_HOUR, Sum, rows
from webapp.health.rolling import sums_of
from webapp.health.writing import hour_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy.orm import Session

    from webapp.health.types import Timing

HOURS_OF_DAY: Final = 24
# Hours a step and how many steps, by period.
STEPS: Final = {"24h": (1, 24), "7d": (6, 28), "30d": (24, 30)}


@dataclass(frozen=True, slots=True)
class Point:
    """A step: when it began, locally; how requests were; by figure the mean and the largest of its samples."""

    began: datetime
    requests: Timing
    mean: Mapping[str, float]
    largest: Mapping[str, float]


def history(session: Session, period: str, now: datetime, zone: str) -> list[Point]:
    """Return the steps of a period, oldest first; they begin on whole parts of local days."""
    length, number = STEPS[period]
    begins = _begins(now, zone, length, number)
    since = begins[0]
    timings: defaultdict[datetime, Sum] = defaultdict(Sum)
    for row in rows(session, ALL, since, now + timedelta(minutes=1)):
        timings[_begin(row.at, begins)].add(row)
    samples: defaultdict[datetime, dict[str, dict[str, float]]] = defaultdict(dict)
    for at, figures in _sampled(session, since):
        _merge(samples[_begin(at, begins)], figures)
    return [_point(begin, zone, timings[begin], samples[begin]) for begin in begins]


def _begins(now: datetime, zone: str, length: int, number: int) -> list[datetime]:
    """Return the beginnings of the last steps, the running one among them."""
    found: list[datetime] = []
    day = timezones.local_date(now, zone)
    while len(found) < number:
        start, end = timezones.day_start(zone, day), timezones.day_start(zone, day + timedelta(days=1))
        whole = hour_of(start)
        steps = [whole + ONE_HOUR * step for step in range(0, HOURS_OF_DAY, length)]
        found = [step for step in steps if step <= now and step < end] + found
        day -= timedelta(days=1)
    return found[-number:]


def _begin(at: datetime, begins: list[datetime]) -> datetime:
    return max((begin for begin in begins if begin <= at), default=begins[0])


def _sampled(session: Session, since: datetime) -> Iterator[tuple[datetime, dict[str, dict[str, float]]]]:
    """Return hours with what their samples say; those that are not added up are added up here."""
    hours = select(SystemHour.hour, SystemHour.figures).where(SystemHour.hour >= since).order_by(SystemHour.hour)
    last = since - ONE_HOUR
    for hour, figures in session.execute(hours):
        last = hour
        yield hour, figures
    rest = select(SystemSample.minute, SystemSample.figures).where(SystemSample.minute >= max(since, last + ONE_HOUR))
    by_hour: defaultdict[datetime, list[Mapping[str, Any]]] = defaultdict(list)
    for minute, figures in session.execute(rest.order_by(SystemSample.minute)):
        by_hour[hour_of(minute)].append(figures)
    for hour, found in by_hour.items():
        yield hour, sums_of(found)


def _merge(whole: dict[str, dict[str, float]], part: Mapping[str, Mapping[str, float]]) -> None:
    for key, kept in part.items():
        if key in whole:
            whole[key]["sum"] += kept["sum"]
            whole[key]["number"] += kept["number"]
            whole[key]["largest"] = max(whole[key]["largest"], kept["largest"])
        else:
            whole[key] = dict(kept)


def _point(begin: datetime, zone: str, timing: Sum, samples: Mapping[str, Mapping[str, float]]) -> Point:
    mean = {key: kept["sum"] / kept["number"] for key, kept in samples.items() if kept["number"]}
    largest = {key: kept["largest"] for key, kept in samples.items()}
    return Point(timezones.to_local(begin, zone), timing.timing(""), mean, largest)
