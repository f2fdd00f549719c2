"""Pace against goals (docs/metrics.md, "Insights": `goal_pace`)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from webapp.analytics.wording import minutes_text
from webapp.goals.types import GoalStatus, TargetType
from webapp.goals.wording import amount_text, number_text
from webapp.insights.findings.common import need, strength
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
STATES: Final = {
    GoalStatus.ACHIEVED: "reached",
    GoalStatus.ON_TRACK: "on track",
    GoalStatus.AT_RISK: "at risk",
    GoalStatus.BEHIND: "behind",
}


def pace(goals: Sequence[GoalProgress]) -> Topic:
    """Tell how the goals in use stand, furthest from their target first."""
    far_enough = [goal for goal in goals if goal.status in STATES and not goal.rest and _is_far_enough(goal)]
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
        rows=Link("goals.show", {"goal_id": str(goal.id), "start_date": str(progress.period.first)}),
        strength=_strength(progress),
        subject_id=goal.id,
    )


def _sentence(progress: GoalProgress) -> str:
    goal, kind = progress.goal, progress.goal.target_type
    achieved, target = amount_text(kind, progress.achieved_value), amount_text(kind, goal.target_value)
    amounts = {
        TargetType.MINUTES: f"{achieved} of {target}{_planned(progress)}",
        TargetType.PERCENTAGE: f"{achieved}, where the target is {target}",
    }
    counts = f"{number_text(progress.achieved_value)} of {target}"
    return f"“{goal.name}” is {STATES[progress.status]}: {amounts.get(kind, counts)}; {_days(progress.days_left)}."


def _planned(progress: GoalProgress) -> str:
    if progress.status is GoalStatus.ACHIEVED:
        return ""
    planned, short = progress.forecast - progress.achieved_value, progress.goal.target_value - progress.forecast
    words = f", with {minutes_text(planned) if planned else 'nothing'} still planned"
    return f"{words}, so {minutes_text(short)} short" if short > 0 else words


def _days(left: int) -> str:
    return "today is the last day" if left == 1 else f"{left} days left, today included"


def _strength(progress: GoalProgress) -> float:
    """Return what the forecast lacks, against the target; 0 once achieved, and while on track."""
    if progress.status in {GoalStatus.ACHIEVED, GoalStatus.ON_TRACK}:
        return 0.0
    return strength(1 - Fraction(str(progress.forecast)) / progress.goal.target_value)
