"""What a goal's own page shows beside its card: the days of a period, and the periods before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from webapp.core.paging import MAXIMUM_LIMIT, Page
from webapp.core.words import day_text, range_text
from webapp.goals import queries
from webapp.goals.types import GoalStatus, TargetType, TimePeriod
from webapp.goals.wording import PERIOD_NOUNS, amount_text
from webapp.rollups.queries import range_figures
from webapp.rollups.types import EVERYTHING
from webapp.web.addresses import address_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.goals.types import GoalProgress, GoalRow, SnapshotRow
    from webapp.rollups.types import DayFigures

DRAWN = 26


class Day(NamedTuple):
    """One date of a period and what it adds; `whole` are its planned minutes that have passed."""

    local_date: date
    amount: int
    whole: int


class Days(NamedTuple):
    """The dates of a period with their sums; `is_share` says that the goal is the first as a part of the second."""

    rows: list[Day]
    amount: int
    whole: int
    is_share: bool


def days(session: Session, person: Viewer, found: GoalProgress, now: datetime) -> Days:
    """Return what each date of the period adds to the goal's figure."""
    goal, dates = found.goal, found.period
    own = range_figures(session, person, dates, now, category=goal.category_id or EVERYTHING).days
    is_share = goal.target_type is TargetType.PERCENTAGE
    whole = range_figures(session, person, dates, now).days if is_share and goal.category_id else own
    rows = [
        Day(each.local_date, _amount(goal.target_type, each), every.passed_minutes)
        for each, every in zip(own, whole, strict=True)
    ]
    return Days(rows, sum(row.amount for row in rows), sum(row.whole for row in rows), is_share)


def _amount(kind: TargetType, day: DayFigures) -> int:
    return {
        TargetType.MINUTES: day.studied_minutes,
        TargetType.PERCENTAGE: day.studied_minutes,
        TargetType.TASK_COUNT: day.completed_tasks_count,
        TargetType.XP: day.xp,
        TargetType.LESSONS: day.lessons_completed,
    }[kind]


def share_urls(found: GoalProgress) -> tuple[str, str] | None:
    """Return where the rows behind both parts of a percentage are; None for goals of other types."""
    if found.goal.target_type is not TargetType.PERCENTAGE:
        return None
    dates: dict[str, object] = {"start_date": found.period.first, "end_date": found.period.last}
    narrowed = {"category_id": found.goal.category_id} if found.goal.category_id else {}
    return (
        address_of("analytics.explain", {"figure": "studied_minutes", **dates, **narrowed}),
        address_of("analytics.explain", {"figure": "follow_through", **dates}),
    )


def every_period(session: Session, person: Viewer, goal_id: UUID, now: datetime) -> Iterator[SnapshotRow]:
    """Return all periods of a goal, newest first, the running one among them; NotFoundError if not theirs."""
    found = queries.history(session, person, goal_id, Page(limit=MAXIMUM_LIMIT, offset=0), now)
    rows = list(found.items)
    while len(rows) < found.total:
        page = Page(limit=MAXIMUM_LIMIT, offset=len(rows))
        rows += queries.history(session, person, goal_id, page, now).items
    return iter(rows)


def chart(goal: GoalRow, rows: Sequence[SnapshotRow]) -> dict[str, Any]:
    """Return the bars of past periods, oldest first, beside the target each was judged by."""
    return {
        "type": "bar",
        "unit": {TargetType.MINUTES: "minutes", TargetType.PERCENTAGE: "percent"}.get(goal.target_type, "count"),
        "labels": [_label(goal.time_period, row) for row in rows],
        "series": [
            {"label": "Reached", "colour": "studied", "values": [row.achieved_value for row in rows]},
            {"label": "Target", "colour": "neutral", "values": [row.target_value for row in rows], "previous": True},
        ],
        "incomplete": False,
        "links": [f"{address_of('goals.index', {})}/{goal.id}?start_date={row.period.first}" for row in rows],
    }


def _label(period: TimePeriod, row: SnapshotRow) -> str:
    if period is TimePeriod.MONTHLY:
        return f"{row.period.first:%b} {row.period.first.year}"
    return day_text(row.period.first)


def sentence(goal: GoalRow, rows: Sequence[SnapshotRow]) -> str:
    """Return what the last periods say."""
    if not rows:
        return ""
    one, many = PERIOD_NOUNS[goal.time_period]
    reached = sum(row.status is GoalStatus.ACHIEVED for row in rows)
    best = max(rows, key=lambda row: row.achieved_value)
    counted = f"{reached} of the last {len(rows)} {one if len(rows) == 1 else many} reached"
    return f"{counted}; most in {range_text(best.period)} with {amount_text(goal.target_type, best.achieved_value)}."
