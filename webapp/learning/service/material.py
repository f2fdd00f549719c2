"""Making a course from files: all of it, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from webapp.core.errors import InvalidInputError
from webapp.learning.material import archive
from webapp.learning.material.references import address_of, with_addresses
from webapp.learning.material.texts import FIELD, LESSONS, course_of
from webapp.learning.models import LessonImage
from webapp.learning.pictures import Picture, UnusablePictureError, encoded_anew
from webapp.learning.service.courses import create_course
from webapp.learning.service.images import keep_image
from webapp.learning.service.lessons import create_lesson
from webapp.learning.service.quizzes import create_quiz

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.learning.material.types import CourseText, LessonText, PictureFile
    from webapp.learning.models import Course


def read_archive(given: bytes) -> CourseText:
    """Return the course in a zip file; InvalidInputError says what is wrong with which of its files."""
    try:
        files = archive.read(given)
    except archive.UnreadableArchiveError as error:
        raise InvalidInputError.of(FIELD, str(error)) from error
    return course_of(files)


def usable_pictures(session: Session, text: CourseText, folder: Path) -> dict[str, Picture]:
    """Return the pictures of a course by their paths, encoded anew unless these very bytes were encoded here before."""
    files = {picture.key: picture for lesson in text.lessons for picture in lesson.pictures}
    plain = {key: Picture(picture.content, picture.kind, 0, 0) for key, picture in files.items()}
    digests = {picture.digest for picture in plain.values()}
    statement = select(LessonImage).where(LessonImage.digest.in_(digests)).order_by(LessonImage.id)
    ours = {image.digest: image for image in session.scalars(statement) if (folder / image.file_name).is_file()}
    return {key: _usable(files[key], ours.get(plain[key].digest)) for key in files}


def import_course(
    session: Session,
    viewer: Viewer,
    text: CourseText,
    pictures: dict[str, Picture],
    folder: Path,
    school_id: UUID | None = None,
) -> Course:
    """Make a course that the viewer owns, with its lessons, pictures and quizzes."""
    course = create_course(session, viewer, text.given.model_copy(update={"school_id": school_id}))
    lessons = [_lesson(session, viewer, course.id, each, pictures, folder) for each in text.lessons]
    for quiz in text.quizzes:
        after = None if quiz.after is None else lessons[quiz.after]
        create_quiz(session, viewer, course.id, quiz.given.model_copy(update={"lesson_id": after}))
    return course


def _lesson(
    session: Session, viewer: Viewer, course_id: UUID, text: LessonText, pictures: dict[str, Picture], folder: Path
) -> UUID:
    lesson = create_lesson(session, viewer, course_id, text.given)
    addresses = {
        file.key: address_of(keep_image(session, lesson, folder, file.name, pictures[file.key]).id)
        for file in text.pictures
    }
    lesson.body = with_addresses(lesson.body, LESSONS, addresses)
    session.flush()
    return lesson.id


def _usable(file: PictureFile, ours: LessonImage | None) -> Picture:
    if ours is not None:
        return Picture(file.content, ours.kind, ours.width, ours.height)
    try:
        return encoded_anew(file.content)
    except UnusablePictureError as error:
        raise InvalidInputError.of(FIELD, f"{file.key}: {error}") from error
