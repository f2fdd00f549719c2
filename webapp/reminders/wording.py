"""What reminders say in words; pure text. Subjects hold nothing that a locked screen should not show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from webapp.core.words import DASH, minutes_text, range_text
from webapp.goals.types import GoalStatus

if TYPE_CHECKING:
    from webapp.reminders.types import Digest, GoalWarning
    from webapp.rollups.types import Figures

STATUS_TEXTS: Final = {
    GoalStatus.ACHIEVED: "✓ Reached",
    GoalStatus.MISSED: "Missed",
    GoalStatus.ON_TRACK: "On track",
    GoalStatus.AT_RISK: "At risk",
    GoalStatus.BEHIND: "Behind",
}


def status_text(status: GoalStatus) -> str:
    """Return how a goal stands, in words."""
    return STATUS_TEXTS[status]


def digest_subject(found: Digest) -> str:
    """Return the subject of a review."""
    return f"Your week in Milepost: {range_text(found.week)}"


def warning_subject(found: GoalWarning) -> str:
    """Return the subject of a warning."""
    count = len(found.goals)
    return "A goal of yours needs a look" if count == 1 else f"{count} of your goals need a look"


def digest_rows(found: Digest) -> list[tuple[str, str, str]]:
    """Return the figures of the week: name, value and how it compares with the week before."""
    week, before = found.figures, found.before
    days = "day" if found.streak == 1 else "days"
    return [
        ("Planned", minutes_text(week.scheduled_minutes), _more(week.scheduled_minutes, before.scheduled_minutes)),
        ("Studied", minutes_text(week.studied_minutes), _more(week.studied_minutes, before.studied_minutes)),
        ("Follow-through", _percent(week.follow_through), "of the planned time, how much was studied"),
        ("Tasks completed", str(week.completed_tasks_count), _count(week, before)),
        ("Streak", f"{found.streak} {days}", "with a completed task, up to now"),
    ]


def _percent(value: float | None) -> str:
    return DASH if value is None else f"{round(value * 100, 1):g} %"


def _more(now: int, before: int) -> str:
    if now == before:
        return "as the week before"
    return f"{minutes_text(abs(now - before))} {'more' if now > before else 'less'} than the week before"


def _count(week: Figures, before: Figures) -> str:
    difference = week.completed_tasks_count - before.completed_tasks_count
    if difference == 0:
        return "as the week before"
    return f"{abs(difference)} {'more' if difference > 0 else 'fewer'} than the week before"
