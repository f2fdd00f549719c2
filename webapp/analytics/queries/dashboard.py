"""Everything on the dashboard, for a range and the period before it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from webapp.analytics.queries.task_counts import TaskCounts, task_counts
from webapp.analytics.types import Dashboard, Delta, Totals
from webapp.core import clock
from webapp.core.ratios import rounded
from webapp.rollups.queries import range_figures
from webapp.rollups.types import EVERYTHING, CategoryFilter, Figures, Narrowing

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.periods import DateRange
    from webapp.core.permissions import Viewer

COUNTED = ("scheduled_minutes", "studied_minutes", "focus_minutes", "completed_tasks_count", "xp")


def dashboard(
    session: Session,
    viewer: Viewer,
    dates: DateRange,
    category: CategoryFilter = EVERYTHING,
    *,
    days_before: bool = False,
) -> Dashboard:
    """Return the viewer's own dashboard over a range of their local dates, exact as of now.

    A category narrows every figure to its tasks, XP and focus windows aside. `days_before` adds the days of the period
    before, which is summed in any case.
    """
    before, moment = dates.previous(), clock.now()
    found = range_figures(session, viewer, dates, moment, category=category, compare=True, days_before=days_before)
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
        deltas=_deltas(_exact(found.totals, counts), _exact(found.totals_before, counts_before)),
        priorities=counts.priorities,
        as_of=found.as_of,
        valid_until=found.valid_until,
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
    numbers: dict[str, Fraction | None] = {name: Fraction(getattr(figures, name)) for name in COUNTED}
    return numbers | {
        "completion_rate": _share(counts.completed, counts.tasks),
        "focus_time_utilization": _share(figures.focus_minutes, figures.focus_available_minutes),
        "follow_through": _share(figures.studied_minutes, figures.passed_minutes),
    }


def _share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None


def _deltas(now: dict[str, Fraction | None], before: dict[str, Fraction | None]) -> dict[str, Delta]:
    changes = {name: _delta(value, before[name]) for name, value in now.items()}
    # Minutes and counts stay whole numbers.
    whole = {name: changes[name]._replace(delta=int(changes[name].delta or 0)) for name in COUNTED}
    return changes | whole


def _delta(now: Fraction | None, before: Fraction | None) -> Delta:
    """Return the change (docs/metrics.md, "Change against the period before")."""
    if now is None or before is None:
        return Delta(None, None)
    change = now - before
    return Delta(rounded(change, 4), rounded(100 * change / before, 2) if before else None)
