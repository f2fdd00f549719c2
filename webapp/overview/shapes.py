"""Figures in the form in which answers, pages and files show them: rounded once."""

from __future__ import annotations

from dataclasses import asdict
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from webapp.core.ratios import rounded
from webapp.overview.queries.measures import shown

if TYPE_CHECKING:
    from webapp.core.periods import DateRange
    from webapp.overview.queries.running import Running
    from webapp.overview.queries.trends import Content, Engagement
    from webapp.overview.types import Measures

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
    mean = None
    if found.xp is not None and found.students_total:
        mean = rounded(Fraction(found.xp, found.students_total), 2)
    return {
        "range": dates_shape(dates),
        "active_users": found.active_people,
        "activities": found.activities,
        "xp_total": found.xp,
        "xp_mean": mean,
        "progress_mean": shown("average_completion", found.average_completion),
        "lessons_completed": found.lessons_completed,
        "quiz_attempts": found.attempts_submitted,
        "quiz_mean_score": shown("average_quiz_score", found.average_quiz_score),
    }


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
