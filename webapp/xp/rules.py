"""What things are worth at a school; docs/metrics.md, "XP"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from webapp.core import clock
from webapp.db.base import table_of
from webapp.db.upsert import upsert
from webapp.xp.models import SchoolRules
from webapp.xp.types import DEFAULT_RULES, RulesInput, XpRules

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from uuid import UUID

    from sqlalchemy.orm import Session

_rules = table_of(SchoolRules)
_WORTHS = tuple(RulesInput.model_fields)


def rules_of(session: Session, school_id: UUID | None) -> XpRules:
    """Return what things are worth at a school; the usual rules where it has none of its own."""
    return rules_by_school(session, {school_id}).get(school_id, DEFAULT_RULES) if school_id else DEFAULT_RULES


def rules_by_school(session: Session, school_ids: Collection[UUID]) -> Mapping[UUID | None, XpRules]:
    """Return the rules of those of the schools that have rules of their own."""
    rows = session.execute(select(_rules).where(_rules.c.school_id.in_(school_ids)))
    return {row.school_id: _from_fields(row._asdict()) for row in rows}


def fields_of(rules: XpRules) -> dict[str, int]:
    """Return rules as the fields of `RulesInput`."""
    tasks = {f"task_{priority}": worth for priority, worth in rules.task_completed.items()}
    goals = {f"goal_{period}": worth for period, worth in rules.goal_achieved.items()}
    single = {"lesson_completed": rules.lesson_completed, "quiz_full_score": rules.quiz_full_score}
    return {**tasks, **single, **goals}


def set_rules(session: Session, school_id: UUID, given: RulesInput) -> XpRules:
    """Let these rules hold at a school for what is awarded from now on; what was given stays as it is."""
    values = {"school_id": school_id, **given.model_dump(), "changed_at": clock.now()}
    upsert(session, _rules, [values], keys=("school_id",), update=(*_WORTHS, "changed_at"))
    return _from_fields(given.model_dump())


def points_for_task(priority: str, rules: XpRules = DEFAULT_RULES) -> int:
    """Return what completing a task of the priority (low, medium, high) is worth."""
    return rules.task_completed[priority]


def points_for_lesson(rules: XpRules = DEFAULT_RULES) -> int:
    """Return what completing a lesson is worth."""
    return rules.lesson_completed


def points_for_quiz(score_hundredths: int, rules: XpRules = DEFAULT_RULES) -> int:
    """Return what a quiz is worth whose best score is so many hundredths of a percent."""
    return (2 * score_hundredths * rules.quiz_full_score + 10_000) // 20_000


def _from_fields(fields: Mapping[str, Any]) -> XpRules:
    return XpRules(
        task_completed={name: fields[f"task_{name}"] for name in ("low", "medium", "high")},
        lesson_completed=fields["lesson_completed"],
        quiz_full_score=fields["quiz_full_score"],
        goal_achieved={name: fields[f"goal_{name}"] for name in ("daily", "weekly", "monthly")},
    )
