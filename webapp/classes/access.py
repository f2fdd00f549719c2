"""Who may reach a class: its teachers, the managers of its school, admins; and students where it is said.

Whatever else there is, is not there: another school's class is answered like one that does not exist.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, false, or_, select, true

from webapp.accounts.models import User
from webapp.classes.models import ClassGroup, ClassTeacher, Enrolment
from webapp.core import clock, timezones
from webapp.core.errors import NotFoundError
from webapp.core.permissions import Role

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date
    from uuid import UUID

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer


def load_class(session: Session, viewer: Viewer, class_id: UUID, *, students: bool = False) -> ClassGroup:
    """Return the class when the viewer looks after it, or raise NotFoundError.

    With `students`, those who are enrolled in it today reach it too, while it is not archived.
    """
    allowed = looked_after(viewer)
    if students and viewer.role is Role.STUDENT:
        allowed = and_(ClassGroup.archived_at.is_(None), ClassGroup.id.in_(_studied(viewer)))
    statement = select(ClassGroup).where(ClassGroup.id == class_id, allowed)
    found = session.execute(statement.execution_options(populate_existing=True)).scalar_one_or_none()
    if found is None:
        raise NotFoundError
    return found


def load_enrolment(session: Session, viewer: Viewer, enrolment_id: UUID) -> Enrolment:
    """Return an enrolment in a class that the viewer looks after, or raise NotFoundError."""
    statement = select(Enrolment).join(ClassGroup, ClassGroup.id == Enrolment.class_id)
    statement = statement.where(Enrolment.id == enrolment_id, looked_after(viewer))
    found = session.execute(statement.execution_options(populate_existing=True)).scalar_one_or_none()
    if found is None:
        raise NotFoundError
    return found


def teaches(session: Session, viewer: Viewer, user_id: UUID) -> bool:
    """Tell whether the viewer teaches a class, not archived, in which the person is enrolled and not yet through."""
    found = (
        select(Enrolment.id)
        .join(ClassTeacher, ClassTeacher.class_id == Enrolment.class_id)
        .join(ClassGroup, ClassGroup.id == Enrolment.class_id)
        .where(
            Enrolment.user_id == user_id,
            ClassTeacher.user_id == viewer.user_id,
            ClassGroup.archived_at.is_(None),
            not_ended(today_of(viewer)),
        )
    )
    return bool(session.scalar(select(found.exists())))


def taught_by(viewer: Viewer, user_id: Any) -> ColumnElement[bool]:
    """Return the condition under which the viewer teaches the person of that id, as `teaches` tells it."""
    return exists().where(
        Enrolment.user_id == user_id,
        not_ended(today_of(viewer)),
        ClassTeacher.class_id == Enrolment.class_id,
        ClassTeacher.user_id == viewer.user_id,
        ClassGroup.id == Enrolment.class_id,
        ClassGroup.archived_at.is_(None),
    )


def students_open_to(session: Session, viewer: Viewer, user_ids: Collection[UUID]) -> frozenset[UUID]:
    """Return those of some people who are students with an open account whose work the viewer may see.

    One statement, none for nobody.
    """
    if not user_ids:
        return frozenset()
    statement = select(User.id).where(User.id.in_(user_ids), User.role == Role.STUDENT, User.active)
    if viewer.role is not Role.ADMIN:
        statement = statement.where(User.school_id == viewer.school_id)
    if viewer.role is Role.TEACHER:
        statement = statement.where(taught_by(viewer, User.id))
    return frozenset(session.scalars(statement))


def looked_after(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition on `ClassGroup` under which the viewer looks after a class, archived ones included."""
    if viewer.role is Role.ADMIN:
        return true()
    if viewer.role is Role.MANAGER:
        return ClassGroup.school_id == viewer.school_id
    if viewer.role is Role.TEACHER:
        mine = exists().where(ClassTeacher.class_id == ClassGroup.id, ClassTeacher.user_id == viewer.user_id)
        return and_(ClassGroup.school_id == viewer.school_id, mine)
    return false()


def belongs_to(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition on `ClassGroup` for the classes that the viewer looks after, or studies in today."""
    return ClassGroup.id.in_(_studied(viewer)) if viewer.role is Role.STUDENT else looked_after(viewer)


def in_force(on: date | ColumnElement[date]) -> ColumnElement[bool]:
    """Return the condition on `Enrolment` that it holds on the date."""
    return and_(or_(Enrolment.begins_on.is_(None), Enrolment.begins_on <= on), not_ended(on))


def not_ended(on: date | ColumnElement[date]) -> ColumnElement[bool]:
    """Return the condition on `Enrolment` that it holds on the date or later."""
    return or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= on)


def today_of(viewer: Viewer) -> date:
    """Return the viewer's date."""
    return timezones.local_date(clock.now(), viewer.zone)


def _studied(viewer: Viewer) -> ColumnElement[UUID]:
    mine = select(Enrolment.class_id).where(Enrolment.user_id == viewer.user_id, in_force(today_of(viewer)))
    return mine.scalar_subquery()
