"""Changing a school, and what its people's figures need to know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

from sqlalchemy import select

from webapp.accounts import hooks
from webapp.accounts.models import User
from webapp.core.errors import ForbiddenError
from webapp.schools import service
from webapp.schools.service import load_school

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.schools.models import School
    from webapp.schools.types import SchoolChange

FIRST: Final = UUID(int=0)
PEOPLE_AT_ONCE: Final = 100


def change_school(session: Session, viewer: Viewer, school_id: UUID, change: SchoolChange) -> School:
    """Change the fields given of a school.

    A new zone slices the days of everyone anew who has no zone of their own; a new first weekday, everyone's weeks. It
    happens in this transaction, so that no figure is ever of both; it takes a few statements for each hundred people.
    """
    school = load_school(session, viewer, school_id)
    if "id" in change.model_fields_set and change.id != school.id:
        raise ForbiddenError("An id cannot be changed.")
    changed = service.change_school(session, viewer, school, change)
    if "archived" in change.model_fields_set and change.archived is not (school.archived_at is not None):
        turn = service.archive_school if change.archived else service.restore_school
        turn(session, viewer, school)
    for people in _told(session, school.id, changed):
        hooks.zone_changed(session, *people)
    return school


def _told(session: Session, school_id: UUID, changed: frozenset[str]) -> Iterator[Sequence[UUID]]:
    """Yield whose days or weeks a change moves, some at a time."""
    if not changed & {"time_zone", "week_start"}:
        return
    theirs = [User.school_id == school_id]
    if "week_start" not in changed:
        theirs.append(User.time_zone.is_(None))
    last = FIRST
    while True:
        some = select(User.id).where(*theirs, User.id > last).order_by(User.id).limit(PEOPLE_AT_ONCE)
        people = session.scalars(some).all()
        if people:
            yield people
        if len(people) < PEOPLE_AT_ONCE:
            return
        last = people[-1]
