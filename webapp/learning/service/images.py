"""Putting pictures into lessons."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, select

from webapp.core import clock
from webapp.core.errors import ConflictError, NotFoundError
from webapp.core.files import written_whole
from webapp.learning.access import load_own_part
from webapp.learning.material.references import address_of
from webapp.learning.material.texts import slug
from webapp.learning.models import Lesson, LessonImage
from webapp.learning.types import MAXIMUM_IMAGES

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.learning.pictures import Picture

UNDO_DAYS: Final = 1


def add_image(
    session: Session, viewer: Viewer, lesson_id: UUID, folder: Path, name: str, picture: Picture
) -> LessonImage:
    """Keep a picture of a lesson; one that looks the same and is there already takes its place.

    Its file is written at once: should the transaction fail, a job removes it.
    """
    lesson = load_own_part(session, viewer, Lesson, lesson_id)
    standing = (LessonImage.lesson_id == lesson.id, LessonImage.deleted_at.is_(None))
    same = session.scalars(select(LessonImage).where(*standing, LessonImage.digest == picture.digest)).first()
    if same is not None:
        return same
    if session.execute(select(func.count()).select_from(LessonImage).where(*standing)).scalar_one() >= MAXIMUM_IMAGES:
        raise ConflictError(f"There is room for {MAXIMUM_IMAGES} pictures in a lesson; delete some first.")
    return keep_image(session, lesson, folder, slug(name.rpartition(".")[0] or name), picture)


def keep_image(session: Session, lesson: Lesson, folder: Path, name: str, picture: Picture) -> LessonImage:
    """Write a picture of a lesson that was loaded to be written."""
    what = {"digest": picture.digest, "kind": picture.kind, "width": picture.width, "height": picture.height}
    where = {"school_id": lesson.school_id, "lesson_id": lesson.id}
    made = LessonImage(name=name, size_bytes=len(picture.content), **what, **where)
    session.add(made)
    session.flush()
    path = folder / made.file_name
    if path.is_file():
        path.touch()  # so that nobody takes it for a stray before the commit
    else:
        with written_whole(folder, made.file_name) as unfinished:
            unfinished.write_bytes(picture.content)
    return made


def markdown_of(image: LessonImage) -> str:
    """Return what shows the picture where it stands in a text."""
    return f"![{image.name}]({address_of(image.id)})"


def delete_image(session: Session, viewer: Viewer, image_id: UUID) -> LessonImage:
    """Hide a picture; `restore_image` brings it back within a day, after which it is gone for good."""
    image = _load(session, viewer, image_id)
    image.deleted_at = clock.now()
    session.flush()
    return image


def restore_image(session: Session, viewer: Viewer, image_id: UUID) -> LessonImage:
    """Bring a deleted picture back; one that is there stays as it is."""
    image = _load(session, viewer, image_id)
    image.deleted_at = None
    session.flush()
    return image


def forget_images(session: Session) -> int:
    """Forget pictures that were deleted more than a day ago; return how many."""
    old = LessonImage.deleted_at < clock.now() - timedelta(days=UNDO_DAYS)
    return len(session.execute(delete(LessonImage).where(old).returning(LessonImage.id)).all())


def _load(session: Session, viewer: Viewer, image_id: UUID) -> LessonImage:
    lesson_id = session.execute(select(LessonImage.lesson_id).where(LessonImage.id == image_id)).scalar_one_or_none()
    if lesson_id is None:
        raise NotFoundError
    load_own_part(session, viewer, Lesson, lesson_id)
    return session.execute(select(LessonImage).where(LessonImage.id == image_id)).scalar_one()
