"""Courses: the list, a course, its form, and the classes that take it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from flask import request, url_for
from pydantic import Field

from webapp.classes import queries as class_queries
from webapp.core.errors import ConflictError, FieldError, InvalidInputError
from webapp.core.inputs import Input, PageInput
from webapp.extensions import db
from webapp.learning import queries, service
from webapp.learning.routes.blueprint import bp, course_page, field_errors, typed, wall_time
from webapp.learning.types import ClassCourseInput, CourseChange, CourseInput
from webapp.web.access import SIGNED_IN, STAFF, Reach, access
from webapp.web.forms import parse_form, parse_query, parse_strings
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Response

    from webapp.classes.types import ClassRow
    from webapp.learning.types import CourseRow


class Published(Input):
    """Whether students may see something."""

    published: bool


class ClassesForm(Input):
    """The classes that are ticked; those that are not no longer take the course."""

    class_ids: list[UUID] = Field(default_factory=list, max_length=1_000)


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


@bp.get("/courses/<uuid:course_id>/classes")
@access(STAFF, Reach.CLASS)
def course_classes(course_id: UUID) -> Response:
    """Show which of the viewer's classes take the course, and by when."""
    return _classes(course_id)


@bp.post("/courses/<uuid:course_id>/classes")
@access(STAFF, Reach.CLASS)
def set_classes(course_id: UUID) -> Response:
    """Let the ticked classes take the course, each with its due moment, and no others of the viewer's."""
    session, person = db.session(), viewer()
    queries.course(session, person, course_id)
    try:
        chosen = parse_strings(ClassesForm, {"class_ids": request.form.getlist("class_ids")}).class_ids
        for class_id in chosen:
            _give(course_id, class_id)
    except InvalidInputError as error:
        return _classes(course_id, error.errors)
    for taken in queries.classes_of_course(session, person, course_id):
        if taken.class_id not in chosen:
            service.take_from_class(session, person, taken.class_id, course_id)
    count = len(chosen)
    toast = f"{count} {'class takes' if count == 1 else 'classes take'} this course."
    return done(url_for("learning.course", course_id=course_id), toast=toast, leave=True)


def _give(course_id: UUID, class_id: UUID) -> None:
    """Let a class take the course, by when its own field says; a refusal names that field."""
    field = f"due-{class_id}"
    given = {"course_id": str(course_id), "due_at": request.form.get(field, "") or None}
    try:
        service.give_to_class(db.session(), viewer(), class_id, parse_strings(ClassCourseInput, given))
    except InvalidInputError as error:
        fields = (field if each.field == "due_at" else "class_ids" for each in error.errors)
        named = [FieldError(name, each.message) for name, each in zip(fields, error.errors, strict=True)]
        raise InvalidInputError(named) from error


def _classes(course_id: UUID, errors: Sequence[FieldError] = ()) -> Response:
    session, person = db.session(), viewer()
    found = queries.course(session, person, course_id)
    taken = queries.classes_of_course(session, person, course_id)
    kept = {row.class_id: wall_time(row.due_at, person.zone) for row in taken}
    rows = [row for row in class_queries.classes_of(session, person) if row.school_id == found.school_id]
    return render(
        "learning/course_classes.html",
        status=422 if errors else 200,
        course=found,
        classes=rows,
        ticked=set(request.form.getlist("class_ids")) if errors else {str(class_id) for class_id in kept},
        due={row.id: request.form.get(f"due-{row.id}", kept.get(row.id, "")) for row in rows},
        errors=_by_class(errors, rows),
    )


def _by_class(errors: Sequence[FieldError], rows: Sequence[ClassRow]) -> dict[str, str]:
    """Return what was refused by field; that of a class begins with its name."""
    names = {f"due-{row.id}": row.name for row in rows}
    said = {each.field: each.message for each in errors}
    return {field: f"{names[field]}: {text}" if field in names else text for field, text in said.items()}


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
