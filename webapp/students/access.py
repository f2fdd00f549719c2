"""Whose page the viewer may see: their own, and those of the students whom they look after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, select

from webapp.accounts.identity import viewer_for
from webapp.classes.access import in_force, looked_after, today_of
from webapp.classes.models import ClassGroup, Enrolment
from webapp.core.errors import NotFoundError
from webapp.core.permissions import Role
from webapp.learning.access import may_see_work_of
from webapp.schools.models import School
from webapp.students.types import ClassOfStudent, Student

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer


def load_student(session: Session, viewer: Viewer, user_id: UUID) -> Student:
    """Return a student with the classes that the viewer may know of; NotFoundError unless they may see their work."""
    person = viewer_for(session, user_id)
    if person is None or person.role is not Role.STUDENT:
        raise NotFoundError
    if not may_see_work_of(session, viewer, user_id, person.school_id):
        raise NotFoundError
    school = select(School.time_zone).where(School.id == person.school_id)
    zone = session.execute(school).scalar_one_or_none() or person.zone
    return Student(person, _classes(session, viewer, person), zone)


def _classes(session: Session, viewer: Viewer, person: Viewer) -> tuple[ClassOfStudent, ...]:
    enrolled = (Enrolment.user_id == person.user_id, in_force(today_of(person)), ClassGroup.archived_at.is_(None))
    statement = select(ClassGroup.id, ClassGroup.name).join(Enrolment, Enrolment.class_id == ClassGroup.id)
    ordered = statement.where(*enrolled, known_to(viewer, person)).order_by(ClassGroup.search_text, ClassGroup.id)
    return tuple(ClassOfStudent(*row) for row in session.execute(ordered))


def known_to(viewer: Viewer, person: Viewer) -> ColumnElement[bool]:
    """Return the condition on `ClassGroup` for those of a person's classes that the viewer may know of."""
    own = ClassGroup.school_id == person.school_id
    return own if viewer.user_id == person.user_id else and_(own, looked_after(viewer))
