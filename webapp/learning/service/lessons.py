"""Writing lessons, and putting them in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from webapp.core import clock
from webapp.learning.access import load_own_course, load_own_part
from webapp.learning.models import Lesson
from webapp.learning.service._shared import apply_fields, refuse_changed, refuse_more_than
from webapp.learning.types import MAXIMUM_LESSONS

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.learning.types import LessonChange, LessonInput


def create_lesson(session: Session, viewer: Viewer, course_id: UUID, given: LessonInput) -> Lesson:
    """Make a lesson, the last one unless it says where it stands."""
    course = load_own_course(session, viewer, course_id)
    refuse_more_than(session, Lesson, Lesson.course_id == course.id, MAXIMUM_LESSONS)
    position = _next_position(session, course.id) if given.position is None else given.position
    what = {"title": given.title, "body": given.body, "published": given.published, "position": position}
    lesson = Lesson(school_id=course.school_id, course_id=course.id, **what)
    session.add(lesson)
    session.flush()
    return lesson


def change_lesson(session: Session, viewer: Viewer, lesson_id: UUID, change: LessonChange) -> Lesson:
    """Change the fields given."""
    lesson = load_own_part(session, viewer, Lesson, lesson_id)
    refuse_changed(change, id=lesson.id, course_id=lesson.course_id, percent=None, completed_at=None)
    apply_fields(lesson, change, ("title", "body", "position", "published"))
    session.flush()
    return lesson


def move_lesson(session: Session, viewer: Viewer, lesson_id: UUID, place: int) -> Lesson:
    """Put a lesson at a place of its course, counted from 0; places beyond the ends are the ends."""
    lesson = load_own_part(session, viewer, Lesson, lesson_id)
    others = _in_order(session, lesson.course_id)
    others.remove(lesson)
    others.insert(max(0, min(place, len(others))), lesson)
    for number, each in enumerate(others, 1):
        each.position = number
    session.flush()
    return lesson


def shift_lesson(session: Session, viewer: Viewer, lesson_id: UUID, by: int) -> Lesson:
    """Put a lesson so many places further down, or up where the number is below 0."""
    lesson = load_own_part(session, viewer, Lesson, lesson_id)
    return move_lesson(session, viewer, lesson_id, _in_order(session, lesson.course_id).index(lesson) + by)


def delete_lesson(session: Session, viewer: Viewer, lesson_id: UUID) -> Lesson:
    """Hide a lesson; `restore_lesson` brings it back, and work done in it keeps counting."""
    lesson = load_own_part(session, viewer, Lesson, lesson_id)
    lesson.deleted_at = clock.now()
    session.flush()
    return lesson


def restore_lesson(session: Session, viewer: Viewer, lesson_id: UUID) -> Lesson:
    """Bring a deleted lesson back; one that is there stays as it is."""
    lesson = load_own_part(session, viewer, Lesson, lesson_id, deleted=True)
    lesson.deleted_at = None
    session.flush()
    return lesson


def _next_position(session: Session, course_id: UUID) -> int:
    highest = select(func.coalesce(func.max(Lesson.position), 0)).where(
        Lesson.course_id == course_id, Lesson.deleted_at.is_(None)
    )
    return int(session.execute(highest).scalar_one()) + 1


def _in_order(session: Session, course_id: UUID) -> list[Lesson]:
    statement = select(Lesson).where(Lesson.course_id == course_id, Lesson.deleted_at.is_(None))
    return list(session.execute(statement.order_by(Lesson.position, Lesson.id)).scalars())
