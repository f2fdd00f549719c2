"""Courses: the list, a course, and its form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import url_for

from webapp.core.errors import ConflictError, InvalidInputError
from webapp.core.inputs import Input, PageInput
from webapp.extensions import db
from webapp.learning import queries, service
from webapp.learning.routes.blueprint import bp, course_page, field_errors, typed
from webapp.learning.types import CourseChange, CourseInput
from webapp.web.access import SIGNED_IN, STAFF, Reach, access
from webapp.web.forms import parse_form, parse_query
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from flask import Response

    from webapp.core.errors import FieldError
    from webapp.learning.types import CourseRow


class Published(Input):
    """Whether students may see something."""

    published: bool


@bp.get("/courses")
@access(SIGNED_IN, Reach.CLASS)
def courses() -> Response:
    """Show the courses that the viewer takes, or writes and teaches."""
    person, page = viewer(), parse_query(PageInput).page()
    listing = queries.courses(db.session(), person, page)
    return render("learning/courses.html", listing=listing, may_create=person.is_staff, is_student=not person.is_staff)


@bp.get("/courses/new")
@access(STAFF, Reach.CLASS)
def new_course() -> Response:
    """Show the form of a new course."""
    return _form(None)


@bp.post("/courses")
@access(STAFF, Reach.CLASS)
def create_course() -> Response:
    """Make a course."""
    try:
        made = service.create_course(db.session(), viewer(), parse_form(CourseInput))
    except (InvalidInputError, ConflictError) as error:
        return _form(None, field_errors(error))
    return done(url_for("learning.course", course_id=made.id), toast=f"Added “{made.title}”.", leave=True)


@bp.get("/courses/<uuid:course_id>")
@access(SIGNED_IN, Reach.CLASS)
def course(course_id: UUID) -> Response:
    """Show a course with its lessons and quizzes, as its students or its authors see it."""
    return course_page(course_id)


@bp.get("/courses/<uuid:course_id>/edit")
@access(STAFF, Reach.CLASS)
def edit_course(course_id: UUID) -> Response:
    """Show the form of a course."""
    return _form(queries.course(db.session(), viewer(), course_id))


@bp.post("/courses/<uuid:course_id>/edit")
@access(STAFF, Reach.CLASS)
def change_course(course_id: UUID) -> Response:
    """Change a course."""
    before = queries.course(db.session(), viewer(), course_id)
    try:
        changed = service.change_course(db.session(), viewer(), course_id, _whole_change())
    except (InvalidInputError, ConflictError) as error:
        return _form(before, field_errors(error))
    return done(url_for("learning.course", course_id=course_id), toast=f"Saved “{changed.title}”.", leave=True)


@bp.post("/courses/<uuid:course_id>/publish")
@access(STAFF, Reach.CLASS)
def publish_course(course_id: UUID) -> Response:
    """Publish a course, or make it a draft again."""
    published = parse_form(Published).published
    changed = service.change_course(db.session(), viewer(), course_id, CourseChange(published=published))
    toast = f"“{changed.title}” is {'published' if published else 'a draft again'}."
    return done(url_for("learning.course", course_id=course_id), toast=toast, leave=True)


@bp.post("/courses/<uuid:course_id>/delete")
@access(STAFF, Reach.CLASS)
def delete_course(course_id: UUID) -> Response:
    """Delete a course; the toast can undo it."""
    deleted = service.delete_course(db.session(), viewer(), course_id)
    way_back = url_for("learning.restore_course", course_id=course_id)
    return done(url_for("learning.courses"), toast=f"Deleted “{deleted.title}”.", undo=way_back, leave=True)


@bp.post("/courses/<uuid:course_id>/restore")
@access(STAFF, Reach.CLASS)
def restore_course(course_id: UUID) -> Response:
    """Bring a deleted course back."""
    restored = service.restore_course(db.session(), viewer(), course_id)
    return done(url_for("learning.course", course_id=course_id), toast=f"“{restored.title}” is back.", leave=True)


def _whole_change() -> CourseChange:
    """Return the form as a change of all its fields: a box that is not ticked is not sent."""
    given = parse_form(CourseInput)
    return CourseChange(title=given.title, description=given.description, published=given.published)


def _form(course: CourseRow | None, errors: Sequence[FieldError] = ()) -> Response:
    person = viewer()
    shown = {name: getattr(course, name) if course else None for name in ("title", "description", "published")}
    schools = queries.schools(db.session()) if course is None and person.school_id is None else []
    return render(
        "learning/course_form.html",
        status=422 if errors else 200,
        course=course,
        schools=schools,
        values=typed(**shown, school_id=None),
        errors=errors,
    )
