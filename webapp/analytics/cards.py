"""The cards with single figures: what each says, how it changed, and where its rows are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.analytics.types import Dashboard, Figure, QuickStats, Totals
from webapp.analytics.wording import DASH, Change, change_of, minutes_text, value_text

if TYPE_CHECKING:
    from collections.abc import Callable

    # Of a figure, perhaps narrowed by further parameters.
    ExplainUrl = Callable[..., str]

LABELS = {
    Figure.SCHEDULED_MINUTES: ("Planned", "calendar-time"),
    Figure.STUDIED_MINUTES: ("Studied", "clock"),
    Figure.FOCUS_MINUTES: ("In focus", "focus-2"),
    Figure.COMPLETED_TASKS_COUNT: ("Completed", "circle-check"),
    Figure.COMPLETION_RATE: ("Completion rate", "checklist"),
    Figure.FOCUS_TIME_UTILIZATION: ("Focus use", "target"),
    Figure.FOLLOW_THROUGH: ("Follow-through", "route"),
    Figure.XP: ("XP", "star"),
    Figure.LESSONS_COMPLETED: ("Lessons completed", "book"),
    Figure.STREAK_DAYS_COMPLETED: ("Streak", "flame"),
}
NOTES = {
    Figure.COMPLETION_RATE: "of the tasks planned in these dates",
    Figure.FOCUS_TIME_UTILIZATION: "of the focus time kept free",
    Figure.FOLLOW_THROUGH: "of the planned time that has passed",
}
BOARD = (
    Figure.SCHEDULED_MINUTES,
    Figure.STUDIED_MINUTES,
    Figure.FOCUS_MINUTES,
    Figure.COMPLETED_TASKS_COUNT,
    Figure.COMPLETION_RATE,
    Figure.FOLLOW_THROUGH,
    Figure.FOCUS_TIME_UTILIZATION,
    Figure.XP,
)
# What the quick stats do not show.
REST_OF_BOARD = (Figure.FOCUS_MINUTES, Figure.COMPLETION_RATE, Figure.XP)


@dataclass(frozen=True, slots=True)
class StatCard:
    """One figure as a card; `before` is the figure of the period before, `url` opens its rows."""

    label: str
    value: str
    icon: str
    note: str
    change: Change
    before: str
    url: str
    compared: bool


def label_of(figure: Figure) -> str:
    """Return the name of a figure as pages show it."""
    return LABELS[figure][0]


def board_cards(board: Dashboard, explain: ExplainUrl) -> list[StatCard]:
    """Return the dashboard's cards, each against the period before."""
    return [_board_card(figure, board.totals, board, explain) for figure in BOARD]


def _board_card(figure: Figure, totals: Totals, board: Dashboard, explain: ExplainUrl) -> StatCard:
    label, icon = LABELS[figure]
    return StatCard(
        label=label,
        value=value_text(figure, getattr(totals, figure)),
        icon=icon,
        note=NOTES.get(figure, ""),
        change=change_of(figure, board.deltas[figure].delta),
        before=value_text(figure, getattr(board.previous, figure)),
        url=explain(figure),
        compared=True,
    )


def quick_cards(stats: QuickStats, explain: ExplainUrl) -> list[StatCard]:
    """Return the seven cards of the quick stats."""
    top = stats.top_category
    days = stats.streak_days_completed
    return [
        _changed(Figure.SCHEDULED_MINUTES, stats.total_scheduled_minutes, stats, explain),
        _changed(Figure.STUDIED_MINUTES, stats.studied_minutes, stats, explain),
        _changed(Figure.COMPLETED_TASKS_COUNT, stats.completed_tasks_count, stats, explain),
        _plain(
            "Top category",
            top.name if top else DASH,
            "category",
            minutes_text(top.minutes) if top else "",
            explain(Figure.SCHEDULED_MINUTES, category_id=str(top.category_id)) if top else "",
        ),
        _changed(Figure.FOCUS_TIME_UTILIZATION, stats.focus_time_utilization, stats, explain),
        _changed(Figure.FOLLOW_THROUGH, stats.follow_through, stats, explain),
        _plain(
            label_of(Figure.STREAK_DAYS_COMPLETED),
            f"{days} day" if days == 1 else f"{days} days",
            LABELS[Figure.STREAK_DAYS_COMPLETED][1],
            "",
            explain(Figure.STREAK_DAYS_COMPLETED),
        ),
    ]


def _changed(figure: Figure, value: float | None, stats: QuickStats, explain: ExplainUrl) -> StatCard:
    label, icon = LABELS[figure]
    change = change_of(figure, stats.deltas[figure].delta)
    return StatCard(label, value_text(figure, value), icon, "", change, "", explain(figure), compared=True)


def _plain(label: str, value: str, icon: str, note: str, url: str) -> StatCard:
    return StatCard(label, value, icon, note, Change("", "", None), "", url, compared=False)
