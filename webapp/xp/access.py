"""Who sets what a school gives points for: its managers, and admins."""

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
    """Return a school whose rules the viewer may set, or raise NotFoundError."""
    own = viewer.role is Role.ADMIN or (viewer.role is Role.MANAGER and viewer.school_id == school_id)
    found = session.execute(select(School).where(School.id == school_id)).scalar_one_or_none() if own else None
    if found is None:
        raise NotFoundError
    return found
