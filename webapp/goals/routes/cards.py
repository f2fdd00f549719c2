"""What a card of a goal shows: figures, words, a drawing, and where one goes from there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from webapp.core import timezones
from webapp.core.periods import format_week
from webapp.core.words import minutes_text
from webapp.goals import wording
from webapp.goals.sparks import spark
from webapp.goals.types import GoalStatus, TargetType
from webapp.web.addresses import address_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from webapp.core.permissions import Viewer
    from webapp.goals.sparks import Spark
    from webapp.goals.types import GoalProgress, SnapshotRow

FULL = 100.0
LATEST_HOUR = 19
USUAL_HOUR = 16
LONGEST_PLAN = 120
LAST_HOUR, LAST_MINUTE = 23, 24 * 60 - 1
# Whose rows the dashboard can open; a share of one category is explained on the goal's own page.
FIGURES = {
    TargetType.MINUTES: "studied_minutes",
    TargetType.TASK_COUNT: "completed_tasks_count",
    TargetType.XP: "xp",
    TargetType.PERCENTAGE: "follow_through",
    TargetType.LESSONS: "lessons_completed",
}


@dataclass(frozen=True, slots=True)
class Badge:
    """A status in words, with an icon and a ground; colour is never alone."""

    text: str
    tone: str
    icon: str


BADGES = {
    GoalStatus.ACHIEVED: Badge("Reached", "bg-green-lt", icon="circle-check"),
    GoalStatus.ON_TRACK: Badge("On track", "bg-primary-lt", icon="trending-up"),
    GoalStatus.AT_RISK: Badge("At risk", "bg-yellow-lt", icon="alert-triangle"),
    GoalStatus.BEHIND: Badge("Behind", "bg-red-lt", icon="trending-down"),
    GoalStatus.MISSED: Badge("Missed", "bg-secondary-lt", icon="circle-x"),
}
# The most urgent first, where only a few can be shown.
URGENCY = (GoalStatus.BEHIND, GoalStatus.AT_RISK, GoalStatus.ON_TRACK, GoalStatus.ACHIEVED, GoalStatus.MISSED)


@dataclass(frozen=True, slots=True)
class Step:
    """What would help next, and the page to do it on."""

    text: str
    url: str
    icon: str


@dataclass(frozen=True, slots=True)
class Card:
    """One goal in one period. `bar`, `planned_bar` and `pace_bar` are percentages that stop at 100.

    `cheer` names the period that was reached, while it runs; it is empty otherwise.
    """

    goal_id: str
    name: str
    category_name: str | None
    color: str | None
    badge: Badge
    achieved: str
    target: str
    percent: str
    bar: float
    planned_bar: float
    pace_bar: float
    asks: str
    dates: str
    pace: str
    forecast: str
    left: str
    streak: str
    spark: Spark | None
    step: Step | None
    url: str
    rows_url: str
    cheer: str


def card_of(person: Viewer, found: GoalProgress, past: Sequence[SnapshotRow], now: datetime) -> Card:
    """Return the card of a goal; `past` are its last closed periods, oldest first."""
    goal, today = found.goal, timezones.local_date(now, person.zone)
    kind, running = goal.target_type, today in found.period
    url = f"{address_of('goals.index', {})}/{goal.id}"
    return Card(
        goal_id=str(goal.id),
        name=goal.name,
        category_name=goal.category_name,
        color=goal.color,
        badge=BADGES[found.status],
        achieved=wording.amount_text(kind, found.achieved_value),
        target=wording.amount_text(kind, goal.target_value),
        percent=f"{wording.number_text(found.percent_complete)} %",
        bar=min(found.percent_complete, FULL),
        planned_bar=min(FULL * found.forecast / goal.target_value, FULL),
        pace_bar=round(FULL * found.pace, 1) if running and kind is not TargetType.PERCENTAGE else 0,
        asks=wording.goal_text(goal),
        dates=wording.period_text(goal.time_period, found.period),
        pace=wording.pace_text(found),
        forecast=wording.forecast_text(found),
        left=wording.left_text(found, today),
        streak=wording.streak_text(found) if running else "",
        spark=spark(goal.time_period, past),
        step=next_step(person, found, now),
        url=url if running else f"{url}?start_date={found.period.first}",
        rows_url=_rows_url(found, url),
        cheer=f"{goal.id}:{found.period.first}" if running and found.status is GoalStatus.ACHIEVED else "",
    )


def explains(found: GoalProgress) -> bool:
    """Tell whether the dashboard can open exactly the rows behind this goal's figure."""
    goal = found.goal
    return goal.target_type in FIGURES and not (goal.target_type is TargetType.PERCENTAGE and goal.category_id)


def explain_url(found: GoalProgress, first: date, last: date) -> str:
    """Return the address of the rows behind the goal's figure on some dates."""
    values: dict[str, object] = {"figure": FIGURES[found.goal.target_type], "start_date": first, "end_date": last}
    if found.goal.category_id:
        values["category_id"] = found.goal.category_id
    return address_of("analytics.explain", values)


def _rows_url(found: GoalProgress, url: str) -> str:
    if explains(found):
        return explain_url(found, found.period.first, found.period.last)
    return f"{url}?start_date={found.period.first}#days"


def next_step(person: Viewer, found: GoalProgress, now: datetime) -> Step | None:
    """Return what would bring the goal nearer; None when it is reached, paused or over."""
    if found.status in {GoalStatus.ACHIEVED, GoalStatus.MISSED} or not found.goal.active:
        return None
    kind, short = found.goal.target_type, found.goal.target_value - found.achieved_value
    if kind is TargetType.MINUTES:
        return _plan_step(person, found, now)
    if kind is TargetType.TASK_COUNT:
        return _task_step(found, int(short))
    if kind is TargetType.XP:
        url = address_of("planner.tasks", {"sort": "priority"})
        return Step(f"Complete tasks for {wording.amount_text(kind, short)} more", url, icon="checklist")
    if kind is TargetType.PERCENTAGE:
        return Step("Keep to what is planned", _week_url(person, _day(person, found, now)), icon="calendar-week")
    return Step(f"Complete {wording.more_text(kind, short)}", address_of("learning.courses", {}), icon="book")


def _plan_step(person: Viewer, found: GoalProgress, now: datetime) -> Step:
    day, missing = _day(person, found, now), int(found.goal.target_value - found.forecast)
    if missing <= 0:
        text = f"Keep the {minutes_text(found.planned)} that are planned"
        return Step(text, _week_url(person, day), icon="calendar-week")
    hour = _hour(person, day, now)
    ends = min(hour * 60 + min(missing, LONGEST_PLAN), LAST_MINUTE)
    until = f"{day}T{ends // 60:02}:{ends % 60:02}"
    within = {"category": str(found.goal.category_id)} if found.goal.category_id else {}
    url = _week_url(person, day, add=f"{day}T{hour:02}:00", until=until, **within)
    return Step(f"Plan {minutes_text(missing)} more", url, icon="calendar-plus")


def _task_step(found: GoalProgress, short: int) -> Step:
    values: dict[str, object] = {}
    if found.goal.category_id:
        values["category_id"] = found.goal.category_id
    text = f"Complete {wording.more_text(found.goal.target_type, short)}"
    return Step(text, address_of("planner.tasks", values), icon="checklist")


def _day(person: Viewer, found: GoalProgress, now: datetime) -> date:
    """Return the first date of the period on which there is still time to plan something."""
    local = timezones.to_local(now, person.zone)
    day = local.date() if local.hour <= LATEST_HOUR else local.date() + timedelta(days=1)
    return min(max(day, found.period.first), found.period.last)


def _hour(person: Viewer, day: date, now: datetime) -> int:
    local = timezones.to_local(now, person.zone)
    return min(local.hour + 1, LAST_HOUR) if day == local.date() else USUAL_HOUR


def _week_url(person: Viewer, day: date, **more: str) -> str:
    return address_of("planner.week", {"week": format_week(day, person.week_start), "day": day, **more})
