"""Figures in the form in which answers, pages and files show them: rounded once."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from webapp.core.ratios import rounded
from webapp.overview.queries.measures import Compared, changed, compare, shown, xp_mean
from webapp.overview.types import Figure
from webapp.overview.wording import AS_OF_NOW

if TYPE_CHECKING:
    from webapp.core.periods import DateRange
    from webapp.overview.queries.running import Running
    from webapp.overview.queries.trends import Content, Engagement
    from webapp.overview.types import Measures

XP_MEAN_PLACES: Final = 2
# The figure behind each of a summary; the mean of XP is that of two.
SUMMARY_FIGURES: Final = {
    "active_users": Figure.ACTIVE_PEOPLE,
    "activities": Figure.ACTIVITIES,
    "xp_total": Figure.XP,
    "xp_mean": None,
    "progress_mean": Figure.COMPLETION,
    "lessons_completed": Figure.LESSONS,
    "quiz_attempts": Figure.ATTEMPTS,
    "quiz_mean_score": Figure.SCORE,
}
OVERVIEW = (
    *("students_total", "students_active", "classes_active", "average_completion", "average_quiz_score"),
    *("quizzes_open", "attempts_submitted", "engagement_rate", "attendance_rate"),
)


def dates_shape(dates: DateRange) -> dict[str, Any]:
    """Return a range as answers show it."""
    return {"start": dates.first, "end": dates.last}


def overview_shape(found: Measures, dates: DateRange) -> dict[str, Any]:
    """Return the overview of a range."""
    return {**{name: shown(name, getattr(found, name)) for name in OVERVIEW}, "range": dates_shape(dates)}


def summary_shape(found: Measures, dates: DateRange) -> dict[str, Any]:
    """Return the summary of a range."""
    return {"range": dates_shape(dates), **{name: each.value for name, each in summary_against(found, None).items()}}


def summary_against(found: Measures, before: Measures | None) -> dict[str, Compared]:
    """Return the figures of a summary, each against that of the range before; what is as of now has none before."""
    return {name: _against(found, before, figure) for name, figure in SUMMARY_FIGURES.items()}


def _against(found: Measures, before: Measures | None, figure: Figure | None) -> Compared:
    if figure is None:
        return changed(xp_mean(found), xp_mean(before) if before else None, XP_MEAN_PLACES)
    if before is None or figure in AS_OF_NOW:
        return Compared(shown(figure.value, getattr(found, figure.value)), None, None, None)
    return compare(found, before, figure.value)


def engagement_shape(found: Engagement, dates: DateRange) -> dict[str, Any]:
    """Return a trend of engagement."""
    return {
        "range": dates_shape(dates),
        "days": [
            {"date": day.date, "active_users": day.active_users, "activities": day.activities} for day in found.days
        ],
        "growth_rate": None if found.growth_rate is None else rounded(found.growth_rate, 4),
        "summary": {
            "active_users": found.active_users,
            "activities": found.activities,
            "mean_daily_active_users": rounded(found.mean_daily_active, 2),
        },
    }


def content_shape(found: Content, dates: DateRange) -> dict[str, Any]:
    """Return a trend of content."""
    days = [
        {"date": day.date, "lessons_completed": day.lessons_completed, "attempts_submitted": day.attempts_submitted}
        for day in found.days
    ]
    return {"range": dates_shape(dates), "most_viewed": found.lessons, "courses": found.courses, "days": days}


def running_shape(found: Running, dates: DateRange) -> dict[str, Any]:
    """Return a running period."""
    measures = found.measures
    return {
        "range": dates_shape(dates),
        "active_users": measures.active_people,
        "activities": measures.activities,
        "average_completion": shown("average_completion", measures.average_completion),
        "average_quiz_score": shown("average_quiz_score", measures.average_quiz_score),
        "top_performers": [
            {"rank": each.rank, "user_id": each.user_id, "display_name": each.name, "xp": each.xp}
            for each in found.top_performers
        ],
        "recent_completions": [asdict(each) for each in found.recent_completions],
    }
