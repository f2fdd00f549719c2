"""Who may see and who may write what of learning.

Students read what is published in the courses of the classes in which they are enrolled today. Teachers write their
own courses, and read those that a class of theirs takes; managers write all of their school, admins all. Whatever
else there is, is not there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import and_, false, or_, select, true

from webapp.classes.access import belongs_to, teaches
from webapp.classes.models import ClassGroup
from webapp.core.errors import ForbiddenError, NotFoundError
from webapp.core.permissions import Role
from webapp.learning.models import Attempt, AttemptSource, ClassCourse, Course, Lesson, Quiz

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer

Part = TypeVar("Part", Lesson, Quiz)
Found = TypeVar("Found")

NOT_YOURS = "You can read this course, but not change it: it is written by somebody else."


def readable(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition on `Course` under which the viewer sees it."""
    return and_(Course.deleted_at.is_(None), _within_reach(viewer))


def writable(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition on `Course`, deleted ones included, under which the viewer may change it."""
    if viewer.role is Role.ADMIN:
        return true()
    if viewer.role is Role.MANAGER:
        return Course.school_id == viewer.school_id
    if viewer.role is Role.TEACHER:
        return and_(Course.school_id == viewer.school_id, Course.owner_id == viewer.user_id)
    return false()


def shown(viewer: Viewer, part: type[Lesson | Quiz]) -> ColumnElement[bool]:
    """Return the condition under which the viewer sees a lesson or quiz of a course that they see."""
    standing = part.deleted_at.is_(None)
    return standing if viewer.is_staff else and_(standing, part.published)


def _within_reach(viewer: Viewer) -> ColumnElement[bool]:
    if viewer.role is Role.STUDENT:
        return and_(Course.published, Course.id.in_(courses_of_classes(viewer)))
    if viewer.role is Role.TEACHER:
        return or_(writable(viewer), Course.id.in_(courses_of_classes(viewer)))
    return writable(viewer)


def courses_of_classes(viewer: Viewer) -> Select[UUID]:
    """Return the ids of the courses that the viewer's classes take: those they study in today, or look after."""
    return (
        select(ClassCourse.course_id)
        .join(ClassGroup, ClassGroup.id == ClassCourse.class_id)
        .where(belongs_to(viewer), ClassGroup.archived_at.is_(None))
    )


def load_course(session: Session, viewer: Viewer, course_id: UUID) -> Course:
    """Return a course that the viewer sees, or raise NotFoundError."""
    return _one(session, select(Course).where(Course.id == course_id, readable(viewer)))


def load_own_course(session: Session, viewer: Viewer, course_id: UUID, *, deleted: bool = False) -> Course:
    """Return a course that the viewer may change; ForbiddenError where they only see it, else NotFoundError.

    With `deleted`, also one that was deleted.
    """
    wanted = true() if deleted else Course.deleted_at.is_(None)
    statement = select(Course).where(Course.id == course_id, wanted, writable(viewer)).with_for_update()
    found = session.execute(statement.execution_options(populate_existing=True)).scalar_one_or_none()
    if found is None:
        load_course(session, viewer, course_id)
        raise ForbiddenError(NOT_YOURS)
    return found


def load_part(session: Session, viewer: Viewer, part: type[Part], part_id: UUID) -> Part:
    """Return a lesson or quiz that the viewer sees, or raise NotFoundError."""
    statement = select(part).join(Course, Course.id == part.course_id)
    return _one(session, statement.where(part.id == part_id, shown(viewer, part), readable(viewer)))


def load_own_part(session: Session, viewer: Viewer, part: type[Part], part_id: UUID, *, deleted: bool = False) -> Part:
    """Return a lesson or quiz that the viewer may change; ForbiddenError where they only see it, else NotFoundError.

    With `deleted`, also one that was deleted. Its course is locked against other writers until the transaction ends.
    """
    wanted = true() if deleted else part.deleted_at.is_(None)
    found = session.execute(select(part.course_id).where(part.id == part_id, wanted)).scalar_one_or_none()
    if found is None:
        raise NotFoundError
    load_own_course(session, viewer, found)
    return _one(session, select(part).where(part.id == part_id, wanted))


def load_attempt(session: Session, viewer: Viewer, attempt_id: UUID) -> Attempt:
    """Return an attempt that the viewer has begun here, or raise NotFoundError."""
    conditions = (Attempt.user_id == viewer.user_id, Attempt.source == AttemptSource.TAKEN)
    return _one(session, select(Attempt).where(Attempt.id == attempt_id, *conditions))


def may_see_work_of(session: Session, viewer: Viewer, user_id: UUID, school_id: UUID | None) -> bool:
    """Say whether the viewer may see what a person of a school learns: themselves, those who look after them."""
    if user_id == viewer.user_id or viewer.role is Role.ADMIN:
        return True
    if school_id is None or school_id != viewer.school_id:
        return False
    return viewer.role is Role.MANAGER or (viewer.role is Role.TEACHER and teaches(session, viewer, user_id))


def answers_open_to(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition on `Course` under which a student's answers are shown to a viewer who may see their work.

    Teachers see those at quizzes of their own courses, and of courses that their classes take.
    """
    if viewer.role is not Role.TEACHER:
        return true()
    return or_(Course.owner_id == viewer.user_id, Course.id.in_(courses_of_classes(viewer)))


def _one(session: Session, statement: Select[Found]) -> Found:
    found = session.execute(statement.execution_options(populate_existing=True)).scalar_one_or_none()
    if found is None:
        raise NotFoundError
    return found
