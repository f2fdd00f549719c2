"""What a goal of some kind would have come to in the person's own last periods, and a target to suggest.

The suggestion (docs/metrics.md, "Goals"): a tenth more than the median of the last four periods, rounded up to a
number that is easily said; the usual one where those periods hold nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import ceil
from statistics import median
from typing import TYPE_CHECKING, Final

from webapp.core import timezones
from webapp.core.periods import DateRange, month_of, week_of
from webapp.core.ratios import percent
from webapp.goals.types import HIGHEST, TargetType, TimePeriod
from webapp.rollups.queries import range_figures, total
from webapp.rollups.types import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.rollups.types import CategoryFigures, DayFigures, Figures

PERIODS: Final = 4
TENTH_MORE: Final = Fraction(11, 10)
STEPS: Final = {
    TargetType.MINUTES: 15,
    TargetType.PERCENTAGE: 5,
    TargetType.TASK_COUNT: 1,
    TargetType.XP: 10,
    TargetType.LESSONS: 1,
}
# Where nothing is known yet: for a day, a week, a month.
USUAL: Final = {
    TargetType.MINUTES: (45, 300, 1200),
    TargetType.PERCENTAGE: (80, 80, 80),
    TargetType.TASK_COUNT: (1, 5, 20),
    TargetType.XP: (20, 100, 400),
    TargetType.LESSONS: (1, 3, 10),
}


@dataclass(frozen=True, slots=True)
class Hint:
    """The last periods, newest first, each with what it came to, and the target to suggest."""

    periods: tuple[tuple[DateRange, float], ...]
    suggested: int

    @property
    def knows(self) -> bool:
        """Tell whether the periods hold anything."""
        return any(value for _, value in self.periods)


def hint(
    session: Session,
    viewer: Viewer,
    now: datetime,
    target_type: TargetType,
    time_period: TimePeriod,
    category_id: UUID | None = None,
) -> Hint:
    """Return what the last four whole periods came to for a goal of this kind; a few statements, however long."""
    today = timezones.local_date(now, viewer.zone)
    periods = last_periods(time_period, today, viewer.week_start)
    dates = DateRange(periods[-1].first, periods[0].last)
    days = range_figures(session, viewer, dates, now, category=category_id or EVERYTHING).days
    whole = days
    if target_type is TargetType.PERCENTAGE and category_id:
        whole = range_figures(session, viewer, dates, now).days
    values = [_value(target_type, _sum(days, each), _sum(whole, each)) for each in periods]
    return Hint(tuple(zip(periods, values, strict=True)), suggested(target_type, time_period, values))


def last_periods(time_period: TimePeriod, today: date, week_start: int) -> list[DateRange]:
    """Return the last whole periods before that of today, newest first."""
    found, day = [], today
    for _ in range(PERIODS + 1):
        dates = _period_of(time_period, day, week_start)
        found.append(dates)
        day = dates.first - timedelta(days=1)
    return found[1:]


def _period_of(time_period: TimePeriod, day: date, week_start: int) -> DateRange:
    if time_period is TimePeriod.DAILY:
        return DateRange(day, day)
    return week_of(day, week_start) if time_period is TimePeriod.WEEKLY else month_of(day)


def _sum(days: Iterable[DayFigures], dates: DateRange) -> Figures:
    return total(day for day in days if day.local_date in dates)


def _value(target_type: TargetType, figures: Figures, whole: Figures) -> float:
    """Return what a goal of this type counts (docs/metrics.md, "Goals")."""
    if target_type is TargetType.PERCENTAGE:
        return percent(figures.studied_minutes, whole.passed_minutes) or 0
    return {
        TargetType.MINUTES: figures.studied_minutes,
        TargetType.TASK_COUNT: figures.completed_tasks_count,
        TargetType.XP: figures.xp,
        TargetType.LESSONS: figures.lessons_completed,
    }[target_type]


def suggested(target_type: TargetType, time_period: TimePeriod, values: list[float]) -> int:
    """Return a target that is a little more than usual, within the limits of its type."""
    middle = median(values)
    if not middle:
        return USUAL[target_type][list(TimePeriod).index(time_period)]
    step = STEPS[target_type]
    wanted = ceil(Fraction(middle) * TENTH_MORE / step) * step
    return max(1, min(wanted, HIGHEST[target_type]))


@dataclass(frozen=True, slots=True)
class LastWeek:
    """What the person's last whole week came to, and the category that most of the time went to, if any."""

    dates: DateRange
    figures: Figures
    top: CategoryFigures | None

    @property
    def share(self) -> float | None:
        """Return the percentage of the planned time that was studied; None where none was planned."""
        return percent(self.figures.studied_minutes, self.figures.passed_minutes)


def last_week(session: Session, viewer: Viewer, now: datetime) -> LastWeek:
    """Return the figures of the last whole week."""
    dates = last_periods(TimePeriod.WEEKLY, timezones.local_date(now, viewer.zone), viewer.week_start)[0]
    found = range_figures(session, viewer, dates, now)
    named = [each for each in found.categories if each.name and each.studied_minutes]
    return LastWeek(dates, found.totals, max(named, key=lambda each: each.studied_minutes, default=None))
