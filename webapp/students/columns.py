"""The columns in which a student's progress is taken away, for CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from webapp.core.ratios import rounded
from webapp.core.tables import Column

if TYPE_CHECKING:
    from fractions import Fraction

    from webapp.rollups.types import DayFigures
    from webapp.students.types import AttemptLine, CourseLine, EngagementRow


def _percent(value: Fraction | None) -> float | None:
    return None if value is None else rounded(value, 2)


COURSES: Final[tuple[Column[CourseLine], ...]] = (
    Column("course_id", "Course id", lambda row: row.course_id),
    Column("subject", "Course", lambda row: row.title),
    Column("mastery", "Mastery", lambda row: _percent(row.mastery)),
    Column("course_progress", "Progress", lambda row: _percent(row.progress)),
    Column("quiz_average", "Quiz average", lambda row: _percent(row.quiz_average)),
    Column("topics_completed", "Lessons completed", lambda row: row.lessons_completed),
    Column("topics_total", "Lessons", lambda row: row.lessons_total),
)
ATTEMPTS: Final[tuple[Column[AttemptLine], ...]] = (
    Column("attempt_id", "Attempt id", lambda row: row.id),
    Column("quiz", "Quiz", lambda row: row.quiz_title),
    Column("course", "Course", lambda row: row.course_title),
    Column("submitted_at", "Handed in", lambda row: row.submitted_at),
    Column("score_percent", "Score", lambda row: row.score_percent),
)
DAYS: Final[tuple[Column[DayFigures], ...]] = (
    Column("date", "Date", lambda day: day.local_date),
    Column("scheduled_minutes", "Planned", lambda day: day.scheduled_minutes),
    Column("studied_minutes", "Studied", lambda day: day.studied_minutes),
    Column("xp", "XP", lambda day: day.xp),
    Column("lessons_completed", "Lessons completed", lambda day: day.lessons_completed),
    Column("quiz_attempts", "Quizzes handed in", lambda day: day.quiz_attempts),
)
ENGAGEMENT: Final[tuple[Column[EngagementRow], ...]] = (
    Column("user_id", "Student id", lambda row: row.user_id),
    Column("name", "Student", lambda row: row.name),
    Column("active_days", "Active days", lambda row: row.active_days),
    Column("last_active", "Last active", lambda row: row.last),
    Column("planned_minutes", "Planned", lambda row: row.planned_minutes),
    Column("studied_minutes", "Studied", lambda row: row.studied_minutes),
    Column("lessons_completed", "Lessons completed", lambda row: row.lessons_completed),
    Column("quiz_attempts", "Quizzes handed in", lambda row: row.quizzes),
    Column("xp", "XP", lambda row: row.xp),
)
