"""What the filters and forms of administration offer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from webapp.classes.access import looked_after
from webapp.classes.models import ClassGroup
from webapp.core.permissions import Role

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer

MOST_CLASSES = 300


def classes(session: Session, viewer: Viewer, school_id: UUID | None) -> list[tuple[UUID, str]]:
    """Return the classes in use of a school by name, at most 300; none for an admin who has not chosen a school."""
    if viewer.role is Role.ADMIN and school_id is None:
        return []
    where = [looked_after(viewer), ClassGroup.archived_at.is_(None)]
    if school_id is not None:
        where.append(ClassGroup.school_id == school_id)
    statement = select(ClassGroup.id, ClassGroup.name).where(*where).order_by(ClassGroup.search_text, ClassGroup.id)
    return [(row[0], row[1]) for row in session.execute(statement.limit(MOST_CLASSES))]


def class_name(session: Session, viewer: Viewer, class_id: UUID | None) -> dict[UUID, str]:
    """Return the name of a class that the viewer looks after, under its id; empty for any other."""
    if class_id is None:
        return {}
    found = select(ClassGroup.id, ClassGroup.name).where(ClassGroup.id == class_id, looked_after(viewer))
    return {row[0]: row[1] for row in session.execute(found)}
