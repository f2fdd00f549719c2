"""Giving points and taking them back; docs/metrics.md, "XP"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from webapp.xp.models import XpEntry
from webapp.xp.types import DEFAULT_RULES, Award

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from sqlalchemy import Select
    from sqlalchemy.orm import Session


def points_for_task(priority: str) -> int:
    """Return what completing a task of the priority (low, medium, high) is worth."""
    return DEFAULT_RULES.task_completed[priority]


def points_for_lesson() -> int:
    """Return what completing a lesson is worth."""
    return DEFAULT_RULES.lesson_completed


def points_for_quiz(score_hundredths: int) -> int:
    """Return what a quiz is worth whose best score is so many hundredths of a percent: round(score % ÷ 2)."""
    step = DEFAULT_RULES.hundredths_per_quiz_point
    return (2 * score_hundredths + step) // (2 * step)


def award(session: Session, awards: Iterable[Award]) -> None:
    """Add points, at the instants of their causes. The caller marks the days of these."""
    session.add_all(XpEntry(**item._asdict()) for item in awards)
    session.flush()


def standing_points(session: Session, user_id: UUID, source_ids: Select[UUID]) -> int:
    """Return the points of a person that stand for any of the causes."""
    total = select(func.coalesce(func.sum(XpEntry.amount), 0))
    return session.execute(total.where(XpEntry.user_id == user_id, XpEntry.source_id.in_(source_ids))).scalar_one()


def standing(session: Session, source_id: UUID) -> list[Award]:
    """Return what stands for a cause: for each instant, what was given and not taken back."""
    what = (XpEntry.user_id, XpEntry.school_id, XpEntry.reason, XpEntry.earned_at)
    amount, label = func.sum(XpEntry.amount), func.max(XpEntry.label)
    statement = (
        select(*what, amount, label)
        .where(XpEntry.source_id == source_id)
        .group_by(*what)
        .having(amount != 0)
        .order_by(XpEntry.earned_at)
    )
    return [
        Award(user_id, school_id, int(amount), reason, source_id, label, earned_at)
        for user_id, school_id, reason, earned_at, amount, label in session.execute(statement)
    ]


def take_back(session: Session, source_id: UUID) -> list[Award]:
    """Take back what stands for a cause, at the instants at which it was given, and return it.

    Repeating it changes nothing. The caller marks the days of the awards returned.
    """
    taken = standing(session, source_id)
    award(session, [item._replace(amount=-item.amount) for item in taken])
    return taken
