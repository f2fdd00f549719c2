"""Pace against goals (docs/metrics.md, "Insights": `goal_pace`)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from webapp.analytics.types import Figure
from webapp.analytics.wording import minutes_text
from webapp.goals.types import GoalStatus, TargetType
from webapp.insights.findings.common import explain, need, strength
from webapp.insights.types import Insight, Kind, Link, Measure, Topic, Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.goals.types import GoalProgress

MOST_GOALS: Final = 3
TITLE: Final = "Pace against your goals"
UNITS: Final = {
    TargetType.MINUTES: Unit.MINUTES,
    TargetType.PERCENTAGE: Unit.PERCENT,
    TargetType.TASK_COUNT: Unit.TASKS,
    TargetType.XP: Unit.XP,
    TargetType.LESSONS: Unit.LESSONS,
}
FIGURES: Final = {
    TargetType.MINUTES: Figure.STUDIED_MINUTES,
    TargetType.PERCENTAGE: Figure.FOLLOW_THROUGH,
    TargetType.TASK_COUNT: Figure.COMPLETED_TASKS_COUNT,
    TargetType.XP: Figure.XP,
}
STATES: Final = {
    GoalStatus.ACHIEVED: "reached",
    GoalStatus.ON_TRACK: "on track",
    GoalStatus.AT_RISK: "at risk",
    GoalStatus.BEHIND: "behind",
}


def pace(goals: Sequence[GoalProgress]) -> Topic:
    """Tell how the goals in use stand, furthest from their target first."""
    far_enough = [goal for goal in goals if goal.status in STATES and _is_far_enough(goal)]
    needs = (need("goals in use that are reached, or a quarter into their period", 1, len(far_enough), Unit.COUNT),)
    found = sorted((_pace(goal) for goal in far_enough), key=lambda each: (-each.strength, each.sentence))
    return Topic(Kind.GOAL_PACE, TITLE, needs, tuple(found[:MOST_GOALS]))


def _is_far_enough(goal: GoalProgress) -> bool:
    return goal.status is GoalStatus.ACHIEVED or 4 * (len(goal.period) - goal.days_left) >= len(goal.period)


def _pace(progress: GoalProgress) -> Insight:
    goal, unit = progress.goal, UNITS[progress.goal.target_type]
    return Insight(
        kind=Kind.GOAL_PACE,
        title=f"Goal: {goal.name}",
        sentence=_sentence(progress),
        figures=(
            Measure("achieved_value", "Achieved", progress.achieved_value, unit),
            Measure("target_value", "Target", goal.target_value, unit),
            Measure("forecast", "With what is still planned", progress.forecast, unit),
            Measure("percent_complete", "Of the target", progress.percent_complete, Unit.PERCENT),
            Measure("days_left", "Days left, today included", progress.days_left, Unit.DAYS),
        ),
        range=progress.period,
        rows=rows_of(progress),
        strength=_strength(progress),
        subject_id=goal.id,
    )


def rows_of(progress: GoalProgress) -> Link:
    """Return the page with the rows behind what was achieved; lessons are listed with the goal itself."""
    goal = progress.goal
    figure = FIGURES.get(goal.target_type)
    if figure is None:
        return Link("goals.index", {})
    narrowed = {"category_id": str(goal.category_id)} if goal.category_id else {}
    return explain(figure, progress.period, **narrowed)


def _sentence(progress: GoalProgress) -> str:
    goal, kind = progress.goal, progress.goal.target_type
    achieved, target = amount(kind, progress.achieved_value), amount(kind, goal.target_value)
    opening = f"“{goal.name}” is {STATES[progress.status]}: {achieved} of {target}"
    if kind is TargetType.PERCENTAGE:
        opening = f"“{goal.name}” is {STATES[progress.status]}: {achieved}, where the target is {target}"
    return f"{opening}{_planned(progress)}, with {_days(progress.days_left)}."


def _planned(progress: GoalProgress) -> str:
    if progress.status is GoalStatus.ACHIEVED or progress.goal.target_type is not TargetType.MINUTES:
        return ""
    missing = progress.goal.target_value - progress.forecast
    planned = minutes_text(progress.forecast - progress.achieved_value)
    more = f", so {minutes_text(missing)} are missing from the plan" if missing > 0 else ""
    return f" and {planned} still planned{more}"


def _days(left: int) -> str:
    return "today left" if left == 1 else f"{left} days left, today included"


def amount(kind: TargetType, value: float) -> str:
    """Return what a goal counts, with its unit."""
    if kind is TargetType.MINUTES:
        return minutes_text(value)
    if kind is TargetType.PERCENTAGE:
        return f"{value:g} %"
    if kind is TargetType.XP:
        return f"{int(value):,} XP"
    noun = "task" if kind is TargetType.TASK_COUNT else "lesson"
    return f"{int(value):,} {noun}" if value == 1 else f"{int(value):,} {noun}s"


def _strength(progress: GoalProgress) -> float:
    """Return the distance between the target and the forecast, against the target; 0 while on track."""
    if progress.status is GoalStatus.ON_TRACK:
        return 0.0
    reached = progress.achieved_value if progress.status is GoalStatus.ACHIEVED else progress.forecast
    return strength(abs(Fraction(str(reached)) - progress.goal.target_value) / progress.goal.target_value)
