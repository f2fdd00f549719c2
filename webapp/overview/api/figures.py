"""The endpoints of the school's figures. A student's own, a teacher's classes, a manager's school, any for an admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.core.periods import last_days
from webapp.extensions import db
from webapp.overview import shapes
from webapp.overview.api.answers import (
    ClassPerformanceAnswer,
    ContentAnswer,
    EngagementAnswer,
    OverviewAnswer,
    RealtimeAnswer,
    SchoolDashboardAnswer,
    SummaryAnswer,
)
from webapp.overview.api.blueprint import bp
from webapp.overview.queries.measures import measures
from webapp.overview.queries.performance import class_performance
from webapp.overview.queries.realtime import realtime
from webapp.overview.queries.running import running_period
from webapp.overview.queries.trends import content, engagement
from webapp.overview.ranges import dates_between, running, span_between
from webapp.overview.scopes import Scope, scope_of
from webapp.overview.types import DatesInput, DaysInput, PerformanceInput, ScopeInput, TimeRangeInput
from webapp.web.access import MANAGERS, SIGNED_IN, STAFF, Reach, access
from webapp.web.api import ListAnswer, gives, takes
from webapp.web.identity import viewer

if TYPE_CHECKING:
    from webapp.core.paging import Listing
    from webapp.overview.types import ClassPerformance


def _scope(query: Any) -> Scope:
    return scope_of(db.session(), viewer(), class_id=query.class_id, school_id=query.school_id)


@bp.get("/analytics/overview")
@access(SIGNED_IN, Reach.CLASS)
@gives(OverviewAnswer, refuses=(404,))
@takes(query=DatesInput)
def show_overview(query: DatesInput) -> dict[str, Any]:
    """Show how a school, your classes or you yourself do; the last 30 days unless dates are given.

    Totals and completion are as of now, the rest is over the range. An admin chooses the school.
    """
    scope = _scope(query)
    dates = dates_between(scope, query.start_date, query.end_date)
    return shapes.overview_shape(measures(db.session(), viewer(), scope, dates), dates)


@bp.get("/analytics/realtime")
@access(SIGNED_IN, Reach.CLASS)
@gives(RealtimeAnswer, refuses=(404,))
@takes(query=ScopeInput)
def show_realtime(query: ScopeInput) -> dict[str, Any]:
    """Show what goes on now: users active in the last five minutes, the last ten activities, and today's count."""
    found = realtime(db.session(), _scope(query))
    names = ("id", "user_id", "user_name", "type", "name", "occurred_at")
    last = [{name: getattr(row, name) for name in names} for row in found.last_activities]
    return {**found._asdict(), "last_activities": last}


@bp.get("/analytics/trends/engagement")
@access(MANAGERS, Reach.SCHOOL)
@gives(EngagementAnswer, refuses=(404,))
@takes(query=DaysInput)
def show_engagement(query: DaysInput) -> dict[str, Any]:
    """Show daily active users and activities, and their growth, over the last days of a school or class."""
    scope = _scope(query)
    dates = last_days(scope.today, query.days)
    return shapes.engagement_shape(engagement(db.session(), scope, dates), dates)


@bp.get("/analytics/trends/content")
@access(STAFF, Reach.CLASS)
@gives(ContentAnswer, refuses=(404,))
@takes(query=DaysInput)
def show_content(query: DaysInput) -> dict[str, Any]:
    """Show the lessons opened most, how far courses are completed, and what was taken in on each date."""
    scope = _scope(query)
    dates = last_days(scope.today, query.days)
    return shapes.content_shape(content(db.session(), viewer(), scope, dates), dates)


@bp.get("/analytics/school-dashboard")
@access(STAFF, Reach.CLASS)
@gives(SchoolDashboardAnswer, refuses=(404,))
@takes(query=TimeRangeInput)
def show_school_dashboard(query: TimeRangeInput) -> dict[str, Any]:
    """Show the running day, week, month or year, who leads, and which lessons were completed last.

    Who leads is who takes part in the leaderboard of the one class that is asked about, else of the school; of a
    year, the leaderboard of all time.
    """
    scope = _scope(query)
    dates = running(scope, query.time_range)
    return shapes.running_shape(running_period(db.session(), viewer(), scope, query.time_range, dates), dates)


@bp.get("/analytics/summary")
@access(STAFF, Reach.CLASS)
@gives(SummaryAnswer, refuses=(404,))
@takes(query=DatesInput)
def show_summary(query: DatesInput) -> dict[str, Any]:
    """Show a range in figures; the last 30 days unless dates are given."""
    scope = _scope(query)
    dates = dates_between(scope, query.start_date, query.end_date)
    return shapes.summary_shape(measures(db.session(), viewer(), scope, dates), dates)


@bp.get("/analytics/class-performance")
@access(STAFF, Reach.CLASS)
@gives(ListAnswer[ClassPerformanceAnswer], refuses=(404,))
@takes(query=PerformanceInput)
def list_class_performance(query: PerformanceInput) -> Listing[ClassPerformance]:
    """List how classes do, by name unless sorted by a figure; over all time unless dates are given."""
    scope = _scope(query)
    span = span_between(scope, query.start_date, query.end_date)
    order = (query.sort, query.reverse)
    return class_performance(db.session(), viewer(), scope, span, query.page(), order)
