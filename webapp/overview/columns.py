"""The columns in which the school's figures are taken away: those of the API's answers, in its order."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from webapp.classes.models import Outcome
from webapp.core.tables import Column

if TYPE_CHECKING:
    from webapp.overview.types import ClassPerformance


def _plain(*names: str) -> tuple[Column[Any], ...]:
    return tuple(Column(name, name, partial(_value, name)) for name in names)


def _value(name: str, row: Any) -> object:
    return row[name] if isinstance(row, dict) else getattr(row, name)


def _outcome(which: Outcome, row: ClassPerformance) -> int | None:
    return None if row.outcomes is None else row.outcomes[which]


FIGURES: Final = _plain("figure", "value", "before", "delta", "delta_percent")
DAYS: Final = _plain("date", "active_users", "activities", "lessons_completed", "attempts_submitted")
LESSONS: Final = _plain("lesson_id", "title", "course_id", "course", "views")
COURSES: Final = _plain("course_id", "title", "enrolments", "average_completion")
EVIDENCE: Final = _plain("user_id", "name", "part", "whole")
CLASSES: Final[tuple[Column[ClassPerformance], ...]] = (
    *_plain("class_id", "name", "students", "students_active", "average_completion", "average_quiz_score"),
    *_plain("attempts_submitted", "scheduled_minutes", "studied_minutes", "xp", "at_risk_high"),
    *(Column(each.value, each.value, partial(_outcome, each)) for each in Outcome),
)
