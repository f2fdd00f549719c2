"""A course as a zip file: making one, and making a course from one."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING
from uuid import UUID

from flask import request, send_file, url_for

from webapp.core.errors import ConflictError, InvalidInputError
from webapp.core.inputs import Input
from webapp.extensions import db
from webapp.learning import queries, service
from webapp.learning.jobs import images_folder
from webapp.learning.material import archive
from webapp.learning.material.texts import FIELD, files_of, slug
from webapp.learning.routes.blueprint import bp, field_errors
from webapp.web.access import STAFF, Reach, access
from webapp.web.forms import parse_form
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Response

    from webapp.core.errors import FieldError


class MaterialForm(Input):
    """For which school the course is; asked of an admin alone."""

    school_id: UUID | None = None


@bp.get("/courses/<uuid:course_id>/export")
@access(STAFF, Reach.CLASS)
def export_course(course_id: UUID) -> Response:
    """Send a course as a zip file."""
    text = queries.course_text(db.session(), viewer(), course_id, images_folder())
    content = io.BytesIO(archive.written(files_of(text)))
    name = f"{slug(text.given.title)}.zip"
    return send_file(content, mimetype="application/zip", as_attachment=True, download_name=name)


@bp.get("/courses/import")
@access(STAFF, Reach.CLASS)
def import_form() -> Response:
    """Show the form that takes a zip file."""
    return _form()


@bp.post("/courses/import")
@access(STAFF, Reach.CLASS)
def import_course() -> Response:
    """Make a course from a zip file, all of it or nothing."""
    session, person, folder = db.session(), viewer(), images_folder()
    # Reading may take a second or two; no transaction, and on SQLite no write lock, waits for it.
    db.session.rollback()
    try:
        school_id = parse_form(MaterialForm).school_id
        text = service.read_archive(_sent())
        pictures = service.usable_pictures(session, text, folder)
        db.session.rollback()
        made = service.import_course(session, person, text, pictures, folder, school_id)
    except (InvalidInputError, ConflictError) as error:
        db.session.rollback()
        return _form(field_errors(error, FIELD))
    return done(url_for("learning.course", course_id=made.id), toast=f"Added “{made.title}”.", leave=True)


def _sent() -> bytes:
    file = request.files.get(FIELD)
    if file is None or not file.filename:
        raise InvalidInputError.of(FIELD, "Choose a zip file.")
    return file.stream.read(archive.MAXIMUM_BYTES + 1)


def _form(errors: Sequence[FieldError] = ()) -> Response:
    person = viewer()
    return render(
        "learning/course_import.html",
        status=422 if errors else 200,
        schools=queries.schools(db.session()) if person.school_id is None else [],
        school_id=request.form.get("school_id", ""),
        errors=errors,
        megabytes=archive.MAXIMUM_BYTES // 1_000_000,
    )
