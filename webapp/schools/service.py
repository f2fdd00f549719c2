"""Making schools, changing what holds for them, and putting them away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from webapp.audit.service import record
from webapp.core import clock
from webapp.core.errors import ConflictError, ForbiddenError, NotFoundError
from webapp.core.permissions import Role
from webapp.db.locks import lock_writes
from webapp.schools.models import School
from webapp.schools.queries import school_by_slug

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.schools.types import SchoolChange, SchoolInput

TAKEN = "Another school has this short name already."
SETTINGS = ("name", "slug", "time_zone", "week_start", "leaderboard_mode")


def create_school(session: Session, given: SchoolInput, viewer: Viewer | None = None) -> School:
    """Add a school; raise ConflictError when its slug is taken. Without a viewer it is a command that adds it."""
    lock_writes(session, School)
    if school_by_slug(session, given.slug) is not None:
        raise ConflictError(TAKEN)
    made = School(**{name: getattr(given, name) for name in SETTINGS})
    session.add(made)
    session.flush()
    record(session, viewer, "school.created", target=("school", made.id), school_id=made.id)
    return made


def change_school(session: Session, viewer: Viewer, school: School, change: SchoolChange) -> frozenset[str]:
    """Change the fields given of a school that was loaded for the viewer; return the names of those that differ now.

    The short name belongs to admins: others get ForbiddenError. ConflictError where it is taken.
    Whoever calls this tells the people of the school when zone or first weekday are among the changes.
    """
    given = {name: getattr(change, name) for name in SETTINGS if name in change.model_fields_set}
    changed = frozenset(name for name, value in given.items() if getattr(school, name) != value)
    if "slug" in changed:
        _refuse_slug(session, viewer, given["slug"])
    for name in changed:
        setattr(school, name, given[name])
    if changed:
        settings_changed(session, school.id)
        session.flush()
        detail = {"fields": sorted(changed), **{n: given[n] for n in changed & {"slug", "time_zone", "week_start"}}}
        record(session, viewer, "school.changed", target=("school", school.id), school_id=school.id, detail=detail)
    return changed


def settings_changed(session: Session, school_id: UUID | None) -> None:
    """Note that something that holds for a whole school has changed; None means for every school.

    What is kept of such settings in memory or in Redis hangs on `Viewer.settings_version`, which this moves on.
    """
    which = [] if school_id is None else [School.id == school_id]
    session.execute(update(School).where(*which).values(settings_version=School.settings_version + 1))


def archive_school(session: Session, viewer: Viewer, school: School) -> None:
    """Put a school away: it leaves the lists, and nobody of it can sign in until it is restored. All of it stays."""
    if viewer.role is not Role.ADMIN:
        raise ForbiddenError
    if school.archived_at is None:
        school.archived_at = clock.now()
        session.flush()
        record(session, viewer, "school.archived", target=("school", school.id), school_id=school.id)


def restore_school(session: Session, viewer: Viewer, school: School) -> None:
    """Take an archived school into use again."""
    if viewer.role is not Role.ADMIN:
        raise ForbiddenError
    if school.archived_at is not None:
        school.archived_at = None
        session.flush()
        record(session, viewer, "school.restored", target=("school", school.id), school_id=school.id)


def load_school(session: Session, viewer: Viewer, school_id: UUID) -> School:
    """Return a school that the viewer administers: any for admins, their own for managers; else NotFoundError."""
    reaches = viewer.role is Role.ADMIN or (viewer.role is Role.MANAGER and viewer.school_id == school_id)
    statement = select(School).where(School.id == school_id).execution_options(populate_existing=True)
    found = session.scalar(statement) if reaches else None
    if found is None:
        raise NotFoundError
    return found


def _refuse_slug(session: Session, viewer: Viewer, slug: str) -> None:
    if viewer.role is not Role.ADMIN:
        raise ForbiddenError("Only an admin can change the short name of a school.")
    lock_writes(session, School)
    if school_by_slug(session, slug) is not None:
        raise ConflictError(TAKEN)
