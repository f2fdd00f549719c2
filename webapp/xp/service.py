"""Giving points and taking them back; docs/metrics.md, "XP"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select, update

from webapp.xp import guarding, standings
from webapp.xp.models import Note, XpEntry
from webapp.xp.rules import points_for_lesson, points_for_quiz, points_for_task, rules_of
from webapp.xp.types import Award

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

__all__ = [
    "award",
    "forget_labels",
    "points_for_lesson",
    "points_for_quiz",
    "points_for_task",
    "rules_of",
    "standing",
    "standing_points",
    "take_back",
]


def award(session: Session, awards: Iterable[Award]) -> list[Award]:
    """Add points, at the instants of their causes, and return them as far as they count.

    What the guard holds back is in the ledger all the same, as `withheld`. The caller marks the days of the awards.
    """
    judged, others = guarding.judged(session, [each for each in awards if each.nominal])
    _write(session, [*judged, *others])
    guarding.tell(session, others)
    return judged


def standing_points(session: Session, user_id: UUID, source_ids: Select[UUID]) -> int:
    """Return the points of a person that stand for any of the causes, those that do not count included."""
    total = select(func.coalesce(func.sum(XpEntry.amount + XpEntry.withheld), 0))
    return session.execute(total.where(XpEntry.user_id == user_id, XpEntry.source_id.in_(source_ids))).scalar_one()


def standing(session: Session, source_id: UUID) -> list[Award]:
    """Return what stands for a cause: for each instant, what was given and not taken back."""
    what = (XpEntry.user_id, XpEntry.school_id, XpEntry.reason, XpEntry.earned_at, XpEntry.acted_at)
    amount, withheld, label = func.sum(XpEntry.amount), func.sum(XpEntry.withheld), func.max(XpEntry.label)
    statement = (
        select(*what, amount, withheld, label)
        .where(XpEntry.source_id == source_id)
        .group_by(*what)
        .having(or_(amount != 0, withheld != 0))
        .order_by(XpEntry.earned_at)
    )
    return [
        Award(user_id, school_id, int(amount), reason, source_id, label, earned_at, int(withheld), acted_at)
        for user_id, school_id, reason, earned_at, acted_at, amount, withheld, label in session.execute(statement)
    ]


def take_back(session: Session, source_id: UUID) -> list[Award]:
    """Take back what stands for a cause, at the instants at which it was given, and return it.

    Repeating it changes nothing. The caller marks the days of the awards returned.
    """
    taken = standing(session, source_id)
    _write(session, [item.reversed(Note.UNDONE) for item in taken])
    others = guarding.after(session, taken)
    _write(session, others)
    guarding.tell(session, others)
    return taken


def forget_labels(session: Session, source_ids: Sequence[UUID]) -> None:
    """Take what people wrote out of the ledger's lines about causes that they deleted."""
    gone = update(XpEntry).where(XpEntry.source_id.in_(source_ids), XpEntry.label != "").values(label="")
    session.execute(gone.execution_options(synchronize_session=False))


def _write(session: Session, awards: Sequence[Award]) -> None:
    session.add_all(XpEntry(**item._asdict()) for item in awards)
    session.flush()
    standings.add(session, awards)
