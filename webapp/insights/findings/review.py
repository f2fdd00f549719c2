"""The week in review (docs/metrics.md, "Insights": `week_in_review`)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from webapp.analytics.types import Figure
from webapp.analytics.wording import minutes_text, range_text
from webapp.insights.findings.common import explain, need, strength
from webapp.insights.types import Comparison, Insight, Kind, Measure, Topic, Unit

if TYPE_CHECKING:
    from webapp.insights.history import History
    from webapp.rollups.types import Figures

LEAST_PLANNED: Final = 60
TITLE: Final = "Last week in review"


def review(history: History) -> Topic:
    """Put the last complete week beside the one before it, and beside the running week so far."""
    before, last = history.span.weeks[-2:]
    one, other = history.totals(last), history.totals(before)
    needs = (
        need("planned in the last complete week", LEAST_PLANNED, one.scheduled_minutes),
        need("planned in the week before it", LEAST_PLANNED, other.scheduled_minutes),
    )
    topic = Topic(Kind.WEEK_IN_REVIEW, TITLE, needs)
    if not topic.has_enough:
        return topic
    return Topic(topic.kind, TITLE, needs, (_review(history, one, other),))


def _review(history: History, last: Figures, before: Figures) -> Insight:
    now = history.totals(history.span.running)
    week = history.span.weeks[-1]
    return Insight(
        kind=Kind.WEEK_IN_REVIEW,
        title=TITLE,
        sentence=(
            f"Last week ({range_text(week)}) you studied {_amount(last)} and completed {_tasks(last)}; the week before "
            f"it was {_amount(before)} and {_tasks(before)}. This week so far: {minutes_text(now.studied_minutes)} "
            f"studied, {_tasks(now)} completed."
        ),
        figures=(
            *_figures("", "last week", last),
            *_figures("before_", "the week before", before),
            *_figures("running_", "this week so far", now),
        ),
        range=week,
        rows=explain(Figure.FOLLOW_THROUGH, week),
        strength=_strength(last.studied_minutes, before.studied_minutes),
        comparison=(
            Comparison("The week before", before.scheduled_minutes, before.studied_minutes),
            Comparison("Last week", last.scheduled_minutes, last.studied_minutes),
            Comparison("This week so far", now.passed_minutes, now.studied_minutes),
        ),
    )


def _amount(figures: Figures) -> str:
    return f"{minutes_text(figures.studied_minutes)} of {minutes_text(figures.scheduled_minutes)} planned"


def _tasks(figures: Figures) -> str:
    count = figures.completed_tasks_count
    return "one task" if count == 1 else f"{count} tasks"


def _figures(prefix: str, when: str, figures: Figures) -> tuple[Measure, ...]:
    planned = figures.passed_minutes if prefix == "running_" else figures.scheduled_minutes
    return (
        Measure(f"{prefix}planned_minutes", "Planned", planned, Unit.MINUTES, when),
        Measure(f"{prefix}studied_minutes", "Studied", figures.studied_minutes, Unit.MINUTES, when),
        Measure(f"{prefix}follow_through", "Follow-through", figures.follow_through, Unit.FRACTION, when),
        Measure(f"{prefix}completed_tasks_count", "Completed", figures.completed_tasks_count, Unit.TASKS, when),
        Measure(f"{prefix}xp", "XP", figures.xp, Unit.XP, when),
    )


def _strength(last: int, before: int) -> float:
    """Return the change of studied minutes against the larger of the two."""
    return strength(Fraction(abs(last - before), max(last, before, 1)))
