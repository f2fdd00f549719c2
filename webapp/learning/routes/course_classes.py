"""Which classes take a course, a page of the viewer's classes at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from flask import request, url_for
from pydantic import Field

from webapp.classes import queries as class_queries
from webapp.classes.types import ClassFilter, Search
from webapp.core.errors import FieldError, InvalidInputError
from webapp.core.inputs import Input, PageInput
from webapp.core.paging import MAXIMUM_LIMIT
from webapp.extensions import db
from webapp.learning import queries, service
from webapp.learning.routes.blueprint import bp, wall_time
from webapp.learning.types import ClassCourseInput
from webapp.web.access import STAFF, Reach, access
from webapp.web.forms import parse_query, parse_strings
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Response

    from webapp.classes.types import ClassRow


class ClassesForm(Input):
    """The classes that are ticked, of those that the form listed; the others of these no longer take the course."""

    class_ids: list[UUID] = Field(default_factory=list, max_length=MAXIMUM_LIMIT)
    listed: list[UUID] = Field(default_factory=list, max_length=MAXIMUM_LIMIT)


class ListQuery(PageInput):
    """Which of the viewer's classes the form lists, by name."""

    q: Search = ""
    limit: int = Field(default=50, ge=1, le=MAXIMUM_LIMIT)


@bp.get("/courses/<uuid:course_id>/classes")
@access(STAFF, Reach.CLASS)
def course_classes(course_id: UUID) -> Response:
    """Show which of the viewer's classes take the course, and by when."""
    return _page(course_id)


@bp.post("/courses/<uuid:course_id>/classes")
@access(STAFF, Reach.CLASS)
def set_classes(course_id: UUID) -> Response:
    """Let the ticked classes take the course, each with its due moment, and no others that the form listed."""
    session, person = db.session(), viewer()
    queries.course(session, person, course_id)
    try:
        sent = parse_strings(ClassesForm, {name: request.form.getlist(name) for name in ClassesForm.model_fields})
        for class_id in sent.class_ids:
            _give(course_id, class_id)
    except InvalidInputError as error:
        return _page(course_id, error.errors)
    for class_id in sorted(set(sent.listed) - set(sent.class_ids)):
        service.take_from_class(session, person, class_id, course_id)
    count = len(queries.classes_of_course(session, person, course_id))
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


def _page(course_id: UUID, errors: Sequence[FieldError] = ()) -> Response:
    session, person, asked = db.session(), viewer(), parse_query(ListQuery)
    found = queries.course(session, person, course_id)
    narrowed = ClassFilter(q=asked.q, school_id=found.school_id, limit=asked.limit, offset=asked.offset)
    listing = class_queries.classes(session, person, narrowed)
    taken = queries.classes_of_course(session, person, course_id)
    kept = {row.class_id: wall_time(row.due_at, person.zone) for row in taken}
    return render(
        "learning/course_classes.html",
        status=422 if errors else 200,
        course=found,
        asked=asked,
        listing=listing,
        ticked=set(request.form.getlist("class_ids")) if errors else {str(class_id) for class_id in kept},
        due={row.id: request.form.get(f"due-{row.id}", kept.get(row.id, "")) for row in listing.items},
        errors=_by_class(errors, listing.items),
        page_url=lambda offset: url_for(
            "learning.course_classes", course_id=course_id, q=asked.q or None, offset=offset or None
        ),
    )


def _by_class(errors: Sequence[FieldError], rows: Sequence[ClassRow]) -> dict[str, str]:
    """Return what was refused by field; that of a class begins with its name."""
    names = {f"due-{row.id}": row.name for row in rows}
    said = {each.field: each.message for each in errors}
    return {field: f"{names[field]}: {text}" if field in names else text for field, text in said.items()}
