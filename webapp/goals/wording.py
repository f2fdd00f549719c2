"""How a goal stands, in words; pure text, the same on every page."""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING

from webapp.core.words import MONTHS, day_text, minutes_text, range_text
from webapp.goals.types import GoalStatus, TargetType, TimePeriod

if TYPE_CHECKING:
    from datetime import date

    from webapp.core.periods import DateRange
    from webapp.goals.types import GoalProgress, GoalRow

EXACT = 1e-9  # so that a pace of 3.9999999999 tasks counts as 4
NOUNS = {
    TargetType.TASK_COUNT: ("task", "tasks"),
    TargetType.LESSONS: ("lesson", "lessons"),
    TargetType.PERCENTAGE: ("point", "points"),
}
A_PERIOD = {TimePeriod.DAILY: "a day", TimePeriod.WEEKLY: "a week", TimePeriod.MONTHLY: "a month"}
PERIOD_NOUNS = {
    TimePeriod.DAILY: ("day", "days"),
    TimePeriod.WEEKLY: ("week", "weeks"),
    TimePeriod.MONTHLY: ("month", "months"),
}
THIS_PERIOD = {TimePeriod.DAILY: "today", TimePeriod.WEEKLY: "this week", TimePeriod.MONTHLY: "this month"}


def number_text(value: float) -> str:
    """Return a number with its thousands apart and no more decimals than it has, two at most."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def amount_text(target_type: TargetType, value: float) -> str:
    """Return a value or a target with its unit: `5 h 40 min`, `62.5 %`, `3 tasks`, `120 XP`."""
    if target_type is TargetType.MINUTES:
        return minutes_text(value)
    if target_type is TargetType.PERCENTAGE:
        return f"{number_text(value)} %"
    if target_type is TargetType.XP:
        return f"{number_text(value)} XP"
    return _counted(target_type, value)


def distance_text(target_type: TargetType, value: float) -> str:
    """Return a difference with its unit; that of two percentages is in points."""
    return _counted(target_type, value) if target_type in NOUNS else amount_text(target_type, value)


def _counted(target_type: TargetType, value: float) -> str:
    one, many = NOUNS[target_type]
    return f"{number_text(value)} {one if value == 1 else many}"


def more_text(target_type: TargetType, value: float) -> str:
    """Return how many are missing: `2 more tasks`."""
    one, many = NOUNS[target_type]
    return f"{number_text(value)} more {one if value == 1 else many}"


def goal_text(goal: GoalRow) -> str:
    """Return what a goal asks for: `8 h of Maths a week`."""
    what = {
        TargetType.MINUTES: "studied",
        TargetType.PERCENTAGE: "of planned time studied",
        TargetType.TASK_COUNT: "completed",
        TargetType.XP: "earned",
        TargetType.LESSONS: "completed",
    }[goal.target_type]
    within = f" in {goal.category_name}" if goal.category_name else ""
    return f"{amount_text(goal.target_type, goal.target_value)} {what}{within} {A_PERIOD[goal.time_period]}"


def period_text(period: TimePeriod, dates: DateRange) -> str:
    """Return the dates of one round: a weekday and date, a range, or a month and year."""
    if period is TimePeriod.DAILY:
        return f"{day_text(dates.first)} {dates.first.year}"
    return f"{dates.first:%B} {dates.first.year}" if period is TimePeriod.MONTHLY else range_text(dates)


def short_period_text(period: TimePeriod, dates: DateRange) -> str:
    """Return the same for a table: `9–15 Nov 2026`."""
    first, last = dates.first, dates.last
    if period is TimePeriod.DAILY:
        return f"{day_text(first)} {first.year}"
    if period is TimePeriod.MONTHLY:
        return f"{MONTHS[first.month - 1]} {first.year}"
    begin = str(first.day) if first.month == last.month else f"{first.day} {MONTHS[first.month - 1]}"
    return f"{begin}–{last.day} {MONTHS[last.month - 1]} {last.year}"


def pace_text(found: GoalProgress) -> str:
    """Return how the goal stands against the time that has passed, and what is still planned."""
    kind, short = found.goal.target_type, found.goal.target_value - found.achieved_value
    if found.status is GoalStatus.ACHIEVED:
        return f"Reached, with {distance_text(kind, -short)} to spare" if short < 0 else "Reached"
    if found.rest:
        return "Rest: this period neither breaks the streak nor makes it longer"
    if found.status is GoalStatus.MISSED:
        return f"Ended {distance_text(kind, short)} short"
    if kind is TargetType.PERCENTAGE:
        return _share_pace(found, short)
    ahead = _ahead(found)
    if kind is TargetType.MINUTES and ahead < 0:
        return f"{minutes_text(-ahead)} behind; {_planned_text(found)}"
    return _pace(kind, ahead)


def _ahead(found: GoalProgress) -> int:
    """Return how much more there is than the part of the target that the time passed asks for, in whole units."""
    due = found.goal.target_value * found.pace
    ahead = found.achieved_value - due
    return floor(ahead + EXACT) if ahead >= -EXACT else -ceil(-ahead - EXACT)


def _pace(kind: TargetType, ahead: int) -> str:
    if ahead == 0:
        return "Right on pace"
    return f"{distance_text(kind, abs(ahead))} {'ahead of pace' if ahead > 0 else 'behind'}"


def _planned_text(found: GoalProgress) -> str:
    short = found.goal.target_value - found.forecast
    if short <= 0:
        return f"{minutes_text(found.planned)} still planned, so on track"
    planned = f"{minutes_text(found.planned)} still planned" if found.planned else "nothing more is planned"
    return f"{planned}, {minutes_text(short)} short"


def _share_pace(found: GoalProgress, short: float) -> str:
    if found.status is GoalStatus.ON_TRACK:
        return "No planned time has passed yet"
    return f"{distance_text(found.goal.target_type, short)} below; each planned hour that you keep lifts it"


def forecast_text(found: GoalProgress) -> str:
    """Return what comes of it if everything planned is kept; empty where that says nothing new."""
    if found.goal.target_type is not TargetType.MINUTES or not found.planned or found.days_left == 0:
        return ""
    return amount_text(found.goal.target_type, found.forecast)


def left_text(found: GoalProgress, today: date) -> str:
    """Return how much time the period has left."""
    if found.period.first > today:
        return f"begins {day_text(found.period.first)}"
    if found.days_left == 0:
        return "over"
    if found.days_left == 1:
        return "ends today"
    return f"{found.days_left} days left"


def streak_text(found: GoalProgress) -> str:
    """Return the streak in words; empty where there is none."""
    if not found.streak:
        return ""
    one, many = PERIOD_NOUNS[found.goal.time_period]
    return f"{found.streak} {one if found.streak == 1 else many} in a row"
