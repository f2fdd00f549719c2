"""Everything on the dashboard, for a range and the period before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from webapp.analytics.queries.changes import counted, deltas, share, shares
from webapp.analytics.queries.quick_stats import quick_stats_of
from webapp.analytics.queries.task_counts import TaskCounts, task_counts
from webapp.analytics.types import Dashboard, Totals
from webapp.core import clock
from webapp.rollups.queries import range_figures
from webapp.rollups.types import EVERYTHING, CategoryFilter, Figures, Narrowing

if TYPE_CHECKING:
    from fractions import Fraction
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.periods import DateRange
    from webapp.core.permissions import Viewer


def dashboard(
    session: Session,
    viewer: Viewer,
    dates: DateRange,
    category: CategoryFilter = EVERYTHING,
    *,
    days_before: bool = False,
    quick: bool = False,
) -> Dashboard:
    """Return the viewer's own dashboard over a range of their local dates, exact as of now.

    A category narrows every figure to its tasks, XP and focus windows aside. `days_before` adds the days of the period
    before, which is summed in any case; `quick` the quick stats, from the same statements, where no category narrows.
    """
    before, moment = dates.previous(), clock.now()
    quick = quick and category is EVERYTHING
    found = range_figures(
        session, viewer, dates, moment, category=category, compare=True, days_before=days_before, streak=quick
    )
    counts, counts_before = task_counts(session, viewer, dates, before, category)
    return Dashboard(
        range=dates,
        before=before,
        category_id=_category_id(category),
        categories=found.categories,
        known_categories=found.known_categories,
        daily=found.days,
        daily_before=found.before,
        totals=_totals(found.totals, counts),
        previous=_totals(found.totals_before, counts_before),
        deltas=deltas(_exact(found.totals, counts), _exact(found.totals_before, counts_before)),
        priorities=counts.priorities,
        as_of=found.as_of,
        valid_until=found.valid_until,
        quick=quick_stats_of(found) if quick else None,
    )


def _category_id(category: CategoryFilter) -> UUID | Literal["none"] | None:
    if isinstance(category, Narrowing):
        return None if category is EVERYTHING else "none"
    return category


def _totals(figures: Figures, counts: TaskCounts) -> Totals:
    return Totals(
        scheduled_minutes=figures.scheduled_minutes,
        studied_minutes=figures.studied_minutes,
        focus_minutes=figures.focus_minutes,
        completed_tasks_count=figures.completed_tasks_count,
        xp=figures.xp,
        completion_rate=counts.completion_rate,
        focus_time_utilization=figures.focus_time_utilization,
        follow_through=figures.follow_through,
    )


def _exact(figures: Figures, counts: TaskCounts) -> dict[str, Fraction | None]:
    """Return the figures before any rounding, in the order of `Totals`."""
    return counted(figures) | {"completion_rate": share(counts.completed, counts.tasks)} | shares(figures)
