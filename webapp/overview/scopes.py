"""Over whom figures are made: a school, some classes, or one student; and in whose dates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from webapp.classes.access import load_class, looked_after
from webapp.classes.models import ClassGroup, Enrolment
from webapp.core import clock, timezones
from webapp.core.errors import InvalidInputError, NotFoundError
from webapp.core.permissions import Role
from webapp.schools.models import School

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer

CHOOSE = "Choose a school."


@dataclass(frozen=True, slots=True)
class Scope:
    """`class_ids` None is the whole school; with a `student_id` all figures are that student's own.

    `class_name` is set where one class was asked for. `now` is the moment as of which everything is told.
    """

    school_id: UUID
    school_name: str
    zone: str
    week_start: int
    now: datetime
    class_ids: tuple[UUID, ...] | None = None
    student_id: UUID | None = None
    class_name: str | None = None

    @property
    def today(self) -> date:
        """Return the date at the school."""
        return timezones.local_date(self.now, self.zone)

    @property
    def sums_id(self) -> UUID | None:
        """Return whose sums are kept: the school's or the one class's; None for a student, and for several classes."""
        if self.student_id is not None:
            return None
        if self.class_ids is None:
            return self.school_id
        return self.class_ids[0] if len(self.class_ids) == 1 else None


def scope_of(session: Session, viewer: Viewer, *, class_id: UUID | None = None, school_id: UUID | None = None) -> Scope:
    """Return what the viewer may ask about: a student themselves, a teacher their classes, a manager their school.

    Raises NotFoundError for a school or class that is not theirs, InvalidInputError when an admin must choose.
    """
    if class_id is not None:
        found = load_class(session, viewer, class_id, students=True)
        if school_id not in {None, found.school_id}:
            raise NotFoundError
        scope = replace(_school(session, found.school_id), class_ids=(found.id,), class_name=found.name)
    else:
        scope = _school(session, _school_id(session, viewer, school_id))
        if viewer.role is Role.TEACHER:
            scope = replace(scope, class_ids=_own_classes(session, viewer))
    return replace(scope, student_id=viewer.user_id) if viewer.role is Role.STUDENT else scope


def schools_in_use(session: Session, viewer: Viewer) -> list[tuple[UUID, str]]:
    """Return the schools among which an admin chooses, by name; nothing for others."""
    if viewer.role is not Role.ADMIN:
        return []
    statement = select(School.id, School.name).where(School.archived_at.is_(None)).order_by(School.name, School.id)
    return [(row[0], row[1]) for row in session.execute(statement)]


def enrolled_ids(scope: Scope) -> Any:
    """Return the statement of the people who are or were enrolled in the classes of the scope."""
    return select(Enrolment.user_id).where(Enrolment.class_id.in_(scope.class_ids or ()))


def _school_id(session: Session, viewer: Viewer, asked: UUID | None) -> UUID:
    if viewer.role is Role.ADMIN:
        if asked is not None:
            return asked
        known = schools_in_use(session, viewer)
        if len(known) != 1:
            raise InvalidInputError.of("school_id", CHOOSE)
        return known[0][0]
    if viewer.school_id is None or asked not in {None, viewer.school_id}:
        raise NotFoundError
    return viewer.school_id


def _school(session: Session, school_id: UUID) -> Scope:
    columns = (School.id, School.name, School.time_zone, School.week_start)
    found = session.execute(select(*columns).where(School.id == school_id)).one_or_none()
    if found is None:
        raise NotFoundError
    zone = found.time_zone if timezones.is_zone(found.time_zone) else "UTC"
    return Scope(found.id, found.name, zone, found.week_start, clock.now())


def _own_classes(session: Session, viewer: Viewer) -> tuple[UUID, ...]:
    statement = select(ClassGroup.id).where(looked_after(viewer), ClassGroup.archived_at.is_(None))
    return tuple(session.scalars(statement.order_by(ClassGroup.id)))
