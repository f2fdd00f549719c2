"""The courses of a class: a card of its page, and the page on which they are given, dated and taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request, url_for

from webapp.classes.cards import class_card
from webapp.classes.queries import class_row
from webapp.core.errors import InvalidInputError
from webapp.extensions import db
from webapp.learning import queries, service
from webapp.learning.routes.blueprint import bp, wall_time
from webapp.learning.types import ClassCourseInput, CourseOfClass
from webapp.web.access import STAFF, Reach, access
from webapp.web.forms import parse_form, parse_query
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from flask import Response
    from sqlalchemy.orm import Session

    from webapp.classes.types import ClassRow
    from webapp.core.errors import FieldError
    from webapp.core.permissions import Viewer
    from webapp.learning.types import TakenCourse


@class_card("learning/_class_courses.html", place=15)
def courses_card(session: Session, person: Viewer, row: ClassRow) -> dict[str, Any]:
    """Return the courses that a class takes."""
    return {"row": row, "courses": queries.courses_of_class(session, person, row.id)}


@bp.get("/classes/<uuid:class_id>/courses")
@access(STAFF, Reach.CLASS)
def class_courses(class_id: UUID) -> Response:
    """Show what a class takes and by when, and what else could be given to it."""
    return _page(class_id)


@bp.post("/classes/<uuid:class_id>/courses")
@access(STAFF, Reach.CLASS)
def give_course(class_id: UUID) -> Response:
    """Let the class take a course, or set anew by when."""
    class_row(db.session(), viewer(), class_id)
    try:
        given = parse_form(ClassCourseInput)
        service.give_to_class(db.session(), viewer(), class_id, given)
    except InvalidInputError as error:
        return _page(class_id, error.errors)
    return _done(class_id, f"Saved “{_title(given.course_id)}”.")


@bp.post("/classes/<uuid:class_id>/courses/take")
@access(STAFF, Reach.CLASS)
def take_course(class_id: UUID) -> Response:
    """Let the class no longer take a course; the toast can undo it. What was done in it keeps counting."""
    row, taken = class_row(db.session(), viewer(), class_id), parse_form(CourseOfClass)
    known = {each.course_id: each for each in queries.courses_of_class(db.session(), viewer(), row.id)}
    service.take_from_class(db.session(), viewer(), class_id, taken.course_id)
    was = known.get(taken.course_id)
    if was is None:
        return _done(class_id, "The class does not take this course.")
    due_at = was.due_at.isoformat() if was.due_at else None
    undo = url_for("learning.give_course_again", class_id=class_id, course_id=was.course_id, due_at=due_at)
    return _done(class_id, f"{row.name} no longer takes “{was.title}”.", undo)


@bp.post("/classes/<uuid:class_id>/courses/again")
@access(STAFF, Reach.CLASS)
def give_course_again(class_id: UUID) -> Response:
    """Let the class take the course that the address names, with the date that it had."""
    given = parse_query(ClassCourseInput)
    service.give_to_class(db.session(), viewer(), class_id, given)
    return _done(class_id, f"“{_title(given.course_id)}” is back.")


def _title(course_id: UUID) -> str:
    return queries.course(db.session(), viewer(), course_id).title


def _done(class_id: UUID, words: str, undo: str | None = None) -> Response:
    return done(url_for("learning.class_courses", class_id=class_id), toast=words, undo=undo, leave=True)


def _page(class_id: UUID, errors: Sequence[FieldError] = ()) -> Response:
    session, person = db.session(), viewer()
    row = class_row(session, person, class_id)
    taken = queries.courses_of_class(session, person, class_id)
    return render(
        "learning/class_courses.html",
        status=422 if errors else 200,
        row=row,
        taken=[(each, wall_time(each.due_at, person.zone)) for each in taken],
        choices=queries.courses_to_give(session, person, row.school_id, class_id),
        sent={name: request.form.get(name, "") for name in ("course_id", "due_at")},
        refused=_whose(taken),
        errors=errors,
    )


def _whose(taken: Sequence[TakenCourse]) -> str:
    """Return for which course the form was sent, `new` for one that the class does not take yet."""
    sent = request.form.get("course_id", "")
    return sent if sent in {str(each.course_id) for each in taken} else "new"
