"""The blueprint of the pages of learning, and what its views share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, request

from webapp.core import timezones
from webapp.core.errors import FieldError, InvalidInputError
from webapp.core.inputs import Input
from webapp.extensions import db
from webapp.learning import queries
from webapp.web.identity import viewer
from webapp.web.render import render

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from flask import Response

    from webapp.core.errors import DomainError
    from webapp.learning.types import CourseRow, LessonRow

bp = Blueprint("learning", __name__)


class Shift(Input):
    """By how many places something moves down; up where the number is below 0."""

    by: int = 1


def field_errors(error: DomainError, field: str = "title") -> Sequence[FieldError]:
    """Return what was refused, field by field; a refusal of another kind is put on `field`."""
    return error.errors if isinstance(error, InvalidInputError) else (FieldError(field, error.detail),)


def typed(**defaults: object) -> dict[str, str]:
    """Return what the form sent, or the defaults where it did not come as a form.

    A box that is not ticked is not sent, so those that a form lacks are empty.
    """
    given = {name: "" if value is None or value is False else str(value) for name, value in defaults.items()}
    if request.method != "POST":
        return given
    return {**dict.fromkeys(given, ""), **request.form.to_dict()}


def wall_time(instant: datetime | None, zone: str) -> str:
    """Return an instant as a field for date and time takes it, without an offset; an empty text for none."""
    return f"{timezones.to_local(instant, zone):%Y-%m-%dT%H:%M}" if instant else ""


def course_page(course_id: UUID, partial: str | None = None, status: int = 200, **more: Any) -> Response:
    """Render the page of a course as its students, its readers or its authors see it."""
    return render("learning/course.html", partial, status, **course_context(course_id), **more)


def _next(lessons: Sequence[LessonRow]) -> LessonRow | None:
    """Return the first lesson that was begun and is not completed, else the first that is not; for a student."""
    waiting = [each for each in lessons if each.completed_at is None]
    return next((each for each in waiting if each.percent), None) or next(iter(waiting), None)


def course_context(course_id: UUID) -> dict[str, Any]:
    """Return what the page of a course shows."""
    session, person = db.session(), viewer()
    found: CourseRow = queries.course(session, person, course_id)
    lessons = queries.outline(session, person, course_id)
    return {
        "course": found,
        "may_write": person.is_staff and queries.may_write(session, person, course_id),
        "is_student": not person.is_staff,
        "lessons": lessons,
        "next_lesson": _next(lessons),
        "quizzes": queries.quizzes(session, person, course_id, queries.ALL).items,
        "classes": queries.classes_of_course(session, person, course_id) if person.is_staff else [],
    }
