"""The answers of the school's figures."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from webapp.classes.models import Outcome
from webapp.web.api import Answer, Count, Fraction, Instant

Percent = Annotated[float, Field(ge=0, le=100, description="A percentage, rounded half-up to 2 decimals.")]


class ShownDatesAnswer(Answer):
    """Dates of the school, both inclusive."""

    start: date
    end: date


class OverviewAnswer(Answer):
    """Totals and completion as of now, the rest over the range; null where too few people are behind a figure."""

    students_total: Count
    students_active: Count | None
    classes_active: Count
    average_completion: Percent | None
    average_quiz_score: Percent | None
    quizzes_open: Count
    attempts_submitted: Count | None
    engagement_rate: Fraction | None
    attendance_rate: Fraction | None
    range: ShownDatesAnswer


class ActivityAnswer(Answer):
    """One thing that somebody did."""

    id: UUID
    user_id: UUID
    user_name: str
    type: str
    name: str
    occurred_at: Instant


class RealtimeAnswer(Answer):
    """What goes on now: users seen in the last five minutes, today's activities, and the last ten."""

    active_users: Count
    activities_today: Count
    last_activities: list[ActivityAnswer]
    as_of: Instant


class EngagementDay(Answer):
    """A date of the school."""

    date: date
    active_users: Count
    activities: Count


class EngagementSummary(Answer):
    """The range as a whole: distinct users, activities, and the mean of active users a day."""

    active_users: Count
    activities: Count
    mean_daily_active_users: Annotated[float, Field(ge=0)]


class EngagementAnswer(Answer):
    """Engagement from day to day; `growth_rate` compares the last seven dates with the first seven."""

    range: ShownDatesAnswer
    days: list[EngagementDay]
    growth_rate: float | None
    summary: EngagementSummary


class ViewedLessonAnswer(Answer):
    """A lesson, and how often it was opened."""

    lesson_id: UUID
    title: str
    course_id: UUID
    course: str
    views: Count


class CourseCompletionAnswer(Answer):
    """A course, over the enrolments that take it today."""

    course_id: UUID
    title: str
    enrolments: Count
    average_completion: Percent | None


class ContentDay(Answer):
    """What was taken in on a date."""

    date: date
    lessons_completed: Count
    attempts_submitted: Count


class ContentAnswer(Answer):
    """What of the content was taken in; all lists are empty where too few people are behind them."""

    range: ShownDatesAnswer
    most_viewed: list[ViewedLessonAnswer]
    courses: list[CourseCompletionAnswer]
    days: list[ContentDay]


class PerformerAnswer(Answer):
    """A student high on the leaderboard, by the name that stands there."""

    rank: Count
    user_id: UUID
    display_name: str
    xp: int


class CompletionAnswer(Answer):
    """A lesson that somebody completed."""

    user_id: UUID
    name: str
    lesson_id: UUID
    lesson: str
    course: str
    completed_at: Instant


class SchoolDashboardAnswer(Answer):
    """The running period; completion is as of now."""

    range: ShownDatesAnswer
    active_users: Count | None
    activities: Count | None
    average_completion: Percent | None
    average_quiz_score: Percent | None
    top_performers: list[PerformerAnswer]
    recent_completions: list[CompletionAnswer]


class SummaryAnswer(Answer):
    """A range in figures. XP's mean is over the students with an active account; progress is as of now."""

    range: ShownDatesAnswer
    active_users: Count | None
    activities: Count | None
    xp_total: int | None
    xp_mean: float | None
    progress_mean: Percent | None
    lessons_completed: Count | None
    quiz_attempts: Count | None
    quiz_mean_score: Percent | None


class ClassPerformanceAnswer(Answer):
    """A class. `students` are its enrolments in force on one of the dates, `students_active` those who were active."""

    class_id: UUID
    name: str
    students: Count
    students_active: Count | None
    average_completion: Percent | None
    average_quiz_score: Percent | None
    attempts_submitted: Count | None
    scheduled_minutes: Count | None
    studied_minutes: Count | None
    xp: int | None
    at_risk_high: Count | None
    outcomes: dict[Outcome, Count] | None
