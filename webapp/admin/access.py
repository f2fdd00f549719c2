"""Whom an admin or a manager may look after.

Admins reach everyone. Managers reach the people of their school, admins aside; whoever else there is, is not there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, false, select, true

from webapp.accounts.models import User
from webapp.core.errors import NotFoundError
from webapp.core.permissions import Role

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer


def administers(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition on `User` under which the viewer looks after a person."""
    if viewer.role is Role.ADMIN:
        return true()
    if viewer.role is Role.MANAGER:
        return and_(User.school_id == viewer.school_id, User.role != Role.ADMIN)
    return false()


def load_person(session: Session, viewer: Viewer, user_id: UUID, *, lock: bool = False) -> User:
    """Return a person whom the viewer looks after, or the viewer; raise NotFoundError for anyone else."""
    allowed = true() if user_id == viewer.user_id else administers(viewer)
    statement = select(User).where(User.id == user_id, allowed).execution_options(populate_existing=True)
    found = session.scalar(statement.with_for_update(of=User) if lock else statement)
    if found is None:
        raise NotFoundError
    return found
