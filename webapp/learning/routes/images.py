"""Pictures of lessons: shown to those who may read the lesson, added and deleted by its authors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request, send_file, url_for

from webapp.core.errors import ConflictError, InvalidInputError, NotFoundError
from webapp.extensions import db
from webapp.learning import queries, service
from webapp.learning.jobs import images_folder
from webapp.learning.pictures import MAXIMUM_BYTES, TYPES, UnusablePictureError, encoded_anew
from webapp.learning.routes.blueprint import bp, field_errors
from webapp.learning.routes.lessons import lesson_form
from webapp.learning.types import LessonChange, LessonInput
from webapp.web.access import SIGNED_IN, STAFF, Reach, access
from webapp.web.forms import parse_form
from webapp.web.identity import viewer
from webapp.web.responses import done

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Response

    from webapp.learning.pictures import Picture

FIELD = "image"


@bp.get("/lesson-images/<uuid:image_id>")
@access(SIGNED_IN, Reach.CLASS)
def image(image_id: UUID) -> Response:
    """Send a picture; browsers keep it and ask each time whether they still may show it."""
    found = queries.image(db.session(), viewer(), image_id)
    path = images_folder() / found.file_name
    if not path.is_file():
        raise NotFoundError("The file of this picture is gone.")
    response = send_file(path, mimetype=TYPES[found.kind], etag=found.digest, conditional=True)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@bp.post("/lessons/<uuid:lesson_id>/images")
@access(STAFF, Reach.CLASS)
def add_image(lesson_id: UUID) -> Response:
    """Save a lesson with a picture at the end of its text."""
    session, person = db.session(), viewer()
    before = queries.lesson(session, person, lesson_id)
    course = queries.course(session, person, before.course_id)
    # Decoding may take a second; no transaction, and on SQLite no write lock, waits for it.
    db.session.rollback()
    try:
        given, picture = parse_form(LessonInput), _picture()
        kept = service.add_image(session, person, lesson_id, images_folder(), _name(), picture)
        body = f"{given.body.rstrip()}\n\n{service.markdown_of(kept)}\n"
        change = LessonChange(title=given.title, body=body, published=given.published)
        service.change_lesson(session, person, lesson_id, change)
    except (InvalidInputError, ConflictError) as error:
        return lesson_form(course, before, field_errors(error, FIELD))
    here = url_for("learning.edit_lesson", lesson_id=lesson_id)
    return done(here, toast="The picture is at the end of the text. The lesson is saved.", leave=True)


@bp.post("/lesson-images/<uuid:image_id>/delete")
@access(STAFF, Reach.CLASS)
def delete_image(image_id: UUID) -> Response:
    """Delete a picture; the toast can undo it."""
    deleted = service.delete_image(db.session(), viewer(), image_id)
    way_back = url_for("learning.restore_image", image_id=image_id)
    here = url_for("learning.edit_lesson", lesson_id=deleted.lesson_id)
    return done(here, toast="Deleted the picture.", undo=way_back, leave=True)


@bp.post("/lesson-images/<uuid:image_id>/restore")
@access(STAFF, Reach.CLASS)
def restore_image(image_id: UUID) -> Response:
    """Bring a deleted picture back."""
    restored = service.restore_image(db.session(), viewer(), image_id)
    here = url_for("learning.edit_lesson", lesson_id=restored.lesson_id)
    return done(here, toast="The picture is back.", leave=True)


def _picture() -> Picture:
    file = request.files.get(FIELD)
    if file is None or not file.filename:
        raise InvalidInputError.of(FIELD, "Choose a picture.")
    try:
        return encoded_anew(file.stream.read(MAXIMUM_BYTES + 1))
    except UnusablePictureError as error:
        raise InvalidInputError.of(FIELD, str(error)) from error


def _name() -> str:
    return request.files[FIELD].filename or ""
