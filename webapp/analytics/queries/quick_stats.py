"""The eight figures of the quick stats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.analytics.queries.changes import counted, deltas, shares
from webapp.analytics.types import QuickStats, TopCategory
from webapp.core import clock
from webapp.rollups.queries import range_figures

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from webapp.core.periods import DateRange
    from webapp.core.permissions import Viewer
    from webapp.rollups.queries import RangeFigures
    from webapp.rollups.types import CategoryFigures


def quick_stats(session: Session, viewer: Viewer, dates: DateRange) -> QuickStats:
    """Return the viewer's own quick stats over a range of their local dates, exact as of now."""
    return quick_stats_of(
        range_figures(session, viewer, dates, clock.now(), compare=True, days_before=True, streak=True)
    )


def quick_stats_of(found: RangeFigures) -> QuickStats:
    """Return the quick stats of figures that were read with the streak and the period before, and not narrowed."""
    totals, before = found.totals, found.totals_before
    return QuickStats(
        total_scheduled_minutes=totals.scheduled_minutes,
        studied_minutes=totals.studied_minutes,
        completed_tasks_count=totals.completed_tasks_count,
        focus_time_utilization=totals.focus_time_utilization,
        follow_through=totals.follow_through,
        top_category=_top(found.top_category),
        streak_days_completed=found.streak or 0,
        range=found.range,
        as_of=found.as_of,
        deltas=deltas(counted(totals) | shares(totals), counted(before) | shares(before)),
        valid_until=found.valid_until,
    )


def _top(found: CategoryFigures | None) -> TopCategory | None:
    if found is None or found.category_id is None or found.name is None:
        return None
    return TopCategory(found.category_id, found.name, found.scheduled_minutes)
