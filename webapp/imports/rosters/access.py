"""Who may reach an import: the managers of its school, and admins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import false, select, true

from webapp.core.errors import InvalidInputError, NotFoundError
from webapp.core.permissions import Role
from webapp.imports.rosters.models import RosterImport
from webapp.schools.models import School

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer


def load_import(session: Session, viewer: Viewer, import_id: UUID) -> RosterImport:
    """Return an import that the viewer may reach, locked against another's step, or raise NotFoundError."""
    statement = (
        select(RosterImport).where(RosterImport.id == import_id, reached(viewer)).with_for_update(key_share=True)
    )
    found = session.execute(statement.execution_options(populate_existing=True)).scalar_one_or_none()
    if found is None:
        raise NotFoundError
    return found


def reached(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition on imports that the viewer may reach."""
    if viewer.role is Role.ADMIN:
        return true()
    return RosterImport.school_id == viewer.school_id if viewer.role is Role.MANAGER else false()


def school_of(session: Session, viewer: Viewer, wanted: UUID | None) -> UUID:
    """Return the school that is meant: the manager's own, or the one that an admin names."""
    if viewer.role is not Role.ADMIN:
        if viewer.school_id is None or wanted not in {None, viewer.school_id}:
            raise InvalidInputError.of("school_id", "This is not your school.")
        return viewer.school_id
    found = session.execute(select(School.id).where(School.id == wanted, School.archived_at.is_(None)))
    school_id = found.scalar_one_or_none()
    if school_id is None:
        raise InvalidInputError.of("school_id", "Name one of the schools." if wanted else "Say for which school.")
    return school_id
