"""A person's own figures."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from webapp.analytics import queries
from webapp.analytics.api.answers import DashboardAnswer, QuickStatsAnswer
from webapp.analytics.api.blueprint import bp
from webapp.analytics.ranges import DASHBOARD_DEFAULT, QUICK_STATS_DEFAULT, chosen_range
from webapp.analytics.routes import boards, widgets
from webapp.analytics.routes.downloads import daily_export
from webapp.analytics.types import DashboardInput, ExportInput, QuickStatsInput
from webapp.core import clock
from webapp.extensions import db
from webapp.goals.queries import progress
from webapp.web.access import SIGNED_IN, Reach, access
from webapp.web.api import CSV, give_kept, gives, takes
from webapp.web.identity import viewer

if TYPE_CHECKING:
    from flask import Response

    from webapp.analytics.types import Dashboard
    from webapp.core.periods import DateRange
    from webapp.core.permissions import Viewer


@bp.get("/analytics/quick-stats")
@access(SIGNED_IN, Reach.OWN)
@gives(QuickStatsAnswer, kept=True)
@takes(query=QuickStatsInput)
def show_quick_stats(query: QuickStatsInput) -> Response:
    """Show your quick stats.

    The range is `date_range` (such as `7d`, which is also the default) or two dates, at most 366 days. Any
    `view_context` gives the same figures.
    """
    person = viewer()
    dates = chosen_range(db.session(), person, query, QUICK_STATS_DEFAULT)
    key = f"analytics:quick:{_key(person, dates)}"
    return give_kept(QuickStatsAnswer, key, widgets.SECONDS, lambda: queries.quick_stats(db.session(), person, dates))


@bp.get("/analytics/dashboard")
@access(SIGNED_IN, Reach.OWN)
@gives(DashboardAnswer, kept=True, refuses=(404,))
@takes(query=DashboardInput)
def show_dashboard(query: DashboardInput) -> Response:
    """Show your dashboard.

    The range is `period` (such as `weekly`, `monthly`, `quarter`, `year`, `term` or `28d`, which is the default) or
    two dates, at most 366 days. `category_id` narrows every figure to that category's tasks (`none` to tasks
    without one), XP, focus windows and goals aside. `goals` tells how each goal in use stands in its running
    period, whatever the range.
    """
    person = viewer()
    dates = chosen_range(db.session(), person, query, DASHBOARD_DEFAULT)
    key = f"analytics:dashboard:{_key(person, dates)}:{query.category_id}:{person.week_start}"
    return give_kept(DashboardAnswer, key, boards.SECONDS, lambda: _with_goals(person, dates, query))


def _with_goals(person: Viewer, dates: DateRange, query: DashboardInput) -> Dashboard:
    board, standing = boards.load(person, dates, query), progress(db.session(), person, clock.now())
    return replace(
        board, goals=standing, valid_until=min([board.valid_until, *(goal.valid_until for goal in standing)])
    )


@bp.get("/analytics/export")
@access(SIGNED_IN, Reach.OWN)
@gives(mimetype=CSV)
@takes(query=ExportInput)
def export_days(query: ExportInput) -> Response:
    """Download your days as CSV, zeros included.

    The columns are `date,total_scheduled_minutes,focus_minutes,completed_tasks_count,category_minutes`; the
    last is a JSON object of category name to minutes. Without dates, the last 28 days.
    """
    person = viewer()
    return daily_export(person, chosen_range(db.session(), person, query, DASHBOARD_DEFAULT))


def _key(person: Viewer, dates: DateRange) -> str:
    return f"{person.user_id}:{person.stats_version}:{dates.first}:{dates.last}:{person.zone}"
