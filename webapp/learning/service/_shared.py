"""What every verb of learning needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from webapp.accounts.models import User
from webapp.core import timezones
from webapp.core.errors import ConflictError, ForbiddenError
from webapp.rollups.marks import mark_dirty

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from webapp.core.inputs import Input
    from webapp.learning.models import Course, Lesson, Quiz


def lock_person(session: Session, user_id: UUID) -> None:
    """Let the writes of one person come one after the other; what is read afterwards holds until the end.

    SQLite has one writer at a time anyway and ignores the lock.
    """
    session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))


def mark_instants(session: Session, user_id: UUID, zone: str, instants: Iterable[datetime]) -> None:
    """Write what changed, and mark the person's days that hold the instants."""
    session.flush()
    mark_dirty(session, user_id, {timezones.local_date(instant, zone) for instant in instants})


def refuse_more_than(
    session: Session, model: type[Course | Lesson | Quiz], condition: ColumnElement[bool], maximum: int
) -> None:
    """Raise ConflictError when there would be more rows under the condition than the maximum."""
    statement = select(func.count()).select_from(model).where(condition, model.deleted_at.is_(None))
    if session.execute(statement).scalar_one() >= maximum:
        raise ConflictError(f"There is room for {maximum:,} {model.__tablename__} here; delete some first.")


def refuse_changed(change: Input, **present: object) -> None:
    """Raise ForbiddenError when the change holds another value than the present one for any of the fields."""
    for name, value in present.items():
        if name in change.model_fields_set and getattr(change, name) != value:
            raise ForbiddenError(f"“{name}” cannot be changed in this way.")


def apply_fields(row: Course | Lesson | Quiz, change: Input, names: Iterable[str]) -> None:
    """Set those of the named fields that the change gives."""
    for name in names:
        if name in change.model_fields_set:
            setattr(row, name, getattr(change, name))
