"""Whose activity somebody may see: their own; managers that of their school; admins all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from webapp.accounts.models import User
from webapp.core.errors import NotFoundError
from webapp.core.permissions import Role
from webapp.schools.models import School

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer

MANAGING = frozenset({Role.ADMIN, Role.MANAGER})
NO_ZONE = "UTC"


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose activity is meant: one person's, else a school's, else everybody's; and by whose clock days begin.

    `home_id` is the school that says for how long it is kept, None where there is none.
    """

    user_id: UUID | None
    school_id: UUID | None
    zone: str
    home_id: UUID | None = None


def scope_of(session: Session, viewer: Viewer, user_id: UUID | None, school_id: UUID | None = None) -> Scope:
    """Return what the viewer asks for; by default their own, and for those who manage all that they may see.

    Raises NotFoundError for people and schools whose activity is not theirs to see.
    """
    managing = viewer.role in MANAGING
    whom = user_id or (None if managing else viewer.user_id)
    where = school_id if viewer.role is Role.ADMIN else viewer.school_id
    if school_id not in {None, where}:
        raise NotFoundError
    if whom is None:
        return Scope(None, where, _zone(session, where, viewer), where)
    if whom != viewer.user_id:
        person = session.execute(select(User.school_id).where(User.id == whom)).one_or_none()
        if not managing or person is None or (viewer.role is not Role.ADMIN and person.school_id != viewer.school_id):
            raise NotFoundError
        where = person.school_id
    return Scope(whom, None, _zone(session, where, viewer), where)


def may_see_addresses(viewer: Viewer) -> bool:
    """Return whether the viewer is shown where requests came from."""
    return viewer.role in MANAGING


def _zone(session: Session, school_id: UUID | None, viewer: Viewer) -> str:
    if school_id is None:
        return viewer.zone if viewer.school_id is None else NO_ZONE
    return session.scalar(select(School.time_zone).where(School.id == school_id)) or NO_ZONE
