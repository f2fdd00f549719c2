"""Whose events one may send and read: one's own; a teacher their students'; a manager the school's; an admin all."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, literal, select, true, union

from webapp.accounts.models import User
from webapp.classes.access import not_ended, today_of
from webapp.classes.models import ClassGroup, ClassTeacher, Enrolment
from webapp.core.permissions import Role
from webapp.events.models import NO_SCHOOL, Event

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Select
    from sqlalchemy.orm import InstrumentedAttribute, Session

    from webapp.core.permissions import Viewer


def school_of(viewer: Viewer, asked: UUID | None = None) -> UUID:
    """Return whose school's events are meant: an admin may ask for any, all others have one."""
    if viewer.role is Role.ADMIN:
        return asked or viewer.school_id or NO_SCHOOL
    return viewer.school_id or NO_SCHOOL


def reportable(session: Session, viewer: Viewer, user_ids: Collection[str]) -> set[str]:
    """Return those of the people whom the viewer may report for; they are all of the viewer's school."""
    ids = [UUID(each) for each in user_ids if UUID(each) != viewer.user_id]
    if not ids or viewer.role is Role.STUDENT:
        return set()
    condition = User.school_id == viewer.school_id if viewer.school_id else User.school_id.is_(None)
    statement = select(User.id).where(User.id.in_(ids), condition, _within_reach(viewer, User.id))
    return {str(user_id) for user_id in session.scalars(statement)}


def readable(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition on `Event`, beside that of the school, for those whose events the viewer may read."""
    if viewer.role is Role.STUDENT:
        return Event.user_id == viewer.user_id
    return _within_reach(viewer, Event.user_id)


def within_reach(viewer: Viewer) -> Select[tuple[UUID]]:
    """Return the ids of those whose events a teacher may read: whom they teach today, and they themselves."""
    taught = (
        select(Enrolment.user_id)
        .join(ClassTeacher, ClassTeacher.class_id == Enrolment.class_id)
        .join(ClassGroup, ClassGroup.id == Enrolment.class_id)
        .where(ClassTeacher.user_id == viewer.user_id, ClassGroup.archived_at.is_(None), not_ended(today_of(viewer)))
    )
    themselves = select(literal(viewer.user_id, Uuid()).label("user_id"))
    return select(union(taught, themselves).subquery("reach").c.user_id)


def _within_reach(viewer: Viewer, whose: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    if viewer.role is not Role.TEACHER:
        return true()
    return whose.in_(within_reach(viewer))
