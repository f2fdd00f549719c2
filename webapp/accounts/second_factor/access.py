"""Whose way of signing in somebody may decide on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from webapp.core.errors import NotFoundError
from webapp.core.permissions import Role
from webapp.schools.models import School

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer


def load_school(session: Session, viewer: Viewer, school_id: UUID) -> School:
    """Return the manager's own school, or for an admin any; raise NotFoundError for others."""
    found = session.scalar(select(School).where(School.id == school_id))
    if found is None or (viewer.role is not Role.ADMIN and viewer.school_id != found.id):
        raise NotFoundError
    return found
