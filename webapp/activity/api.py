"""Activity as JSON."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from webapp.activity.jobs import kept_at
from webapp.activity.queries.log import activities
from webapp.activity.queries.summary import summary
from webapp.activity.types import ActivityListFilter, ActivityType, SummaryFilter
from webapp.extensions import db
from webapp.web.access import SIGNED_IN, Reach, access
from webapp.web.api import Answer, Count, Instant, ListAnswer, api_blueprint, gives, takes
from webapp.web.identity import viewer

if TYPE_CHECKING:
    from webapp.activity.types import ActivityRow
    from webapp.core.paging import Listing

bp = api_blueprint("api_activity", "Activity")


class LoggedActivityAnswer(Answer):
    """One thing that somebody did. `address` is null for those who may not know it; `status` is that of the answer."""

    id: UUID
    user_id: UUID
    user_name: str
    activity_type: ActivityType
    name: str
    occurred_at: Instant
    status: int
    metadata: dict[str, Any]
    ip: str | None
    user_agent: str


class SharedAnswer(Answer):
    """How often, and the percentage of all with one decimal. `key` is a type, a person's id or a date."""

    key: str
    label: str
    count: Count
    percentage: float


class ActivitySummaryAnswer(Answer):
    """Counts over dates of the school, both inclusive; of people the 100 most active."""

    items: list[SharedAnswer]
    total: Count
    date_from: date
    date_to: date


@bp.get("/analytics/user-activity/")
@access(SIGNED_IN, Reach.SCHOOL)
@gives(ListAnswer[LoggedActivityAnswer])
@takes(query=ActivityListFilter)
def list_activity(query: ActivityListFilter) -> dict[str, Any]:
    """List what was done, newest first: your own; managers see their school's, admins all, or `user_id`'s.

    Rows are kept for 90 days, unless the school or the installation says otherwise. What was done in the last two
    seconds may be missing.
    """
    found: Listing[ActivityRow] = activities(db.session(), viewer(), query, kept_at)
    items = [_answer(row) for row in found.items]
    return {"items": items, "total": found.total, "limit": found.limit, "offset": found.offset}


@bp.get("/analytics/activity-summary/")
@access(SIGNED_IN, Reach.SCHOOL)
@gives(ActivitySummaryAnswer)
@takes(query=SummaryFilter)
def show_activity_summary(query: SummaryFilter) -> dict[str, Any]:
    """Count what was done by type, person or day. Counts stay when rows have had their time."""
    found = summary(db.session(), viewer(), query)
    dates = found.dates
    return {"items": found.items, "total": found.total, "date_from": dates.first, "date_to": dates.last}


def _answer(row: ActivityRow) -> LoggedActivityAnswer:
    return LoggedActivityAnswer(
        id=row.id,
        user_id=row.user_id,
        user_name=row.user_name,
        activity_type=row.type,
        name=row.name,
        occurred_at=row.occurred_at,
        status=row.status,
        metadata=row.details,
        ip=row.address,
        user_agent=row.user_agent,
    )
