"""Reading the pictures of lessons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from webapp.core.errors import NotFoundError
from webapp.learning.access import load_part, readable, shown
from webapp.learning.models import Course, Lesson, LessonImage

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer


def image(session: Session, viewer: Viewer, image_id: UUID) -> LessonImage:
    """Return a picture of a lesson that the viewer may read, or raise NotFoundError."""
    statement = (
        select(LessonImage)
        .join(Lesson, Lesson.id == LessonImage.lesson_id)
        .join(Course, Course.id == Lesson.course_id)
        .where(LessonImage.id == image_id, LessonImage.deleted_at.is_(None))
        .where(shown(viewer, Lesson), readable(viewer))
    )
    found = session.execute(statement).scalar_one_or_none()
    if found is None:
        raise NotFoundError
    return found


def images(session: Session, viewer: Viewer, lesson_id: UUID) -> list[LessonImage]:
    """Return the pictures of a lesson in the order in which they came; raise NotFoundError."""
    lesson = load_part(session, viewer, Lesson, lesson_id)
    statement = select(LessonImage).where(LessonImage.lesson_id == lesson.id, LessonImage.deleted_at.is_(None))
    return list(session.scalars(statement.order_by(LessonImage.id)))


def known_files(session: Session) -> set[str]:
    """Return the names of all files that a picture has."""
    rows = session.execute(select(LessonImage.digest, LessonImage.kind).distinct())
    return {f"{digest}.{kind}" for digest, kind in rows}
