"""Writing courses, and giving them to classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from webapp.classes.access import load_class
from webapp.core import clock
from webapp.core.errors import ForbiddenError, InvalidInputError, NotFoundError
from webapp.core.instants import placed
from webapp.core.permissions import Role
from webapp.db.base import table_of
from webapp.db.upsert import upsert
from webapp.learning.access import load_course, load_own_course
from webapp.learning.models import ClassCourse, Course
from webapp.learning.service._shared import apply_fields, refuse_changed, refuse_more_than
from webapp.learning.types import MAXIMUM_COURSES
from webapp.schools.models import School

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.learning.types import ClassCourseInput, CourseChange, CourseInput


def create_course(session: Session, viewer: Viewer, given: CourseInput) -> Course:
    """Make a course that the viewer owns."""
    school_id = _school(session, viewer, given.school_id)
    refuse_more_than(session, Course, Course.school_id == school_id, MAXIMUM_COURSES)
    what = {"title": given.title, "description": given.description, "published": given.published}
    course = Course(school_id=school_id, owner_id=viewer.user_id, **what)
    session.add(course)
    session.flush()
    return course


def change_course(session: Session, viewer: Viewer, course_id: UUID, change: CourseChange) -> Course:
    """Change the fields given."""
    course = load_own_course(session, viewer, course_id)
    refuse_changed(change, id=course.id, school_id=course.school_id, owner_id=course.owner_id, progress=None)
    apply_fields(course, change, ("title", "description", "published"))
    session.flush()
    return course


def delete_course(session: Session, viewer: Viewer, course_id: UUID) -> Course:
    """Hide a course with all that it holds; `restore_course` brings it back, and work done in it keeps counting."""
    course = load_own_course(session, viewer, course_id)
    course.deleted_at = clock.now()
    session.flush()
    return course


def restore_course(session: Session, viewer: Viewer, course_id: UUID) -> Course:
    """Bring a deleted course back; one that is there stays as it is."""
    course = load_own_course(session, viewer, course_id, deleted=True)
    course.deleted_at = None
    session.flush()
    return course


def give_to_class(session: Session, viewer: Viewer, class_id: UUID, given: ClassCourseInput) -> datetime | None:
    """Let a class of the viewer take a course of the same school; return when it is due.

    Repeating it sets the due moment anew. Raises NotFoundError for a class that is not
    the viewer's, InvalidInputError for a course that they do not see.
    """
    group = load_class(session, viewer, class_id)
    course = _course_for(session, viewer, given.course_id, group.school_id)
    due_at = placed(given.due_at, viewer.zone, "due_at") if given.due_at else None
    row = {"class_id": group.id, "course_id": course.id, "school_id": group.school_id, "created_at": clock.now()}
    table = table_of(ClassCourse)
    upsert(session, table, [row | {"due_at": due_at}], keys=("class_id", "course_id"), update=("due_at",))
    return due_at


def take_from_class(session: Session, viewer: Viewer, class_id: UUID, course_id: UUID) -> None:
    """Let a class no longer take a course; repeating it changes nothing."""
    group = load_class(session, viewer, class_id)
    session.execute(delete(ClassCourse).where(ClassCourse.class_id == group.id, ClassCourse.course_id == course_id))


def _course_for(session: Session, viewer: Viewer, course_id: UUID, school_id: UUID) -> Course:
    try:
        course = load_course(session, viewer, course_id)
    except NotFoundError:
        course = None
    if course is None or course.school_id != school_id:
        raise InvalidInputError.of("course_id", "There is no such course in the school of this class.")
    return course


def _school(session: Session, viewer: Viewer, school_id: UUID | None) -> UUID:
    if viewer.school_id is not None:
        if school_id not in {None, viewer.school_id}:
            raise InvalidInputError.of("school_id", "There is no such school.")
        return viewer.school_id
    if viewer.role is not Role.ADMIN:
        raise ForbiddenError
    if school_id is None:
        raise InvalidInputError.of("school_id", "Say for which school the course is.")
    if session.execute(select(School.id).where(School.id == school_id)).one_or_none() is None:
        raise InvalidInputError.of("school_id", "There is no such school.")
    return school_id
