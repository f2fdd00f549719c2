"""Courses, and the classes that take them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.core.inputs import PageInput
from webapp.extensions import db
from webapp.learning import queries, service
from webapp.learning.api.answers import ClassCourseAnswer, CourseAnswer
from webapp.learning.api.blueprint import bp
from webapp.learning.types import ClassCourseInput, CourseChange, CourseInput, CourseOfClass
from webapp.web.access import SIGNED_IN, STAFF, Reach, access
from webapp.web.api import ListAnswer, gives, takes
from webapp.web.identity import viewer

if TYPE_CHECKING:
    from uuid import UUID


@bp.get("/courses/")
@access(SIGNED_IN, Reach.CLASS)
@gives(ListAnswer[CourseAnswer])
@takes(query=PageInput)
def list_courses(query: PageInput) -> dict[str, Any]:
    """List courses by title.

    Students see the published ones of their classes; teachers their own and those of their classes; managers
    those of their school.
    """
    found = queries.courses(db.session(), viewer(), query.page())
    items = [_answer(row) for row in found.items]
    return {"items": items, "total": found.total, "limit": found.limit, "offset": found.offset}


@bp.post("/courses/")
@access(STAFF, Reach.CLASS)
@gives(CourseAnswer, 201, once=True)
@takes(body=CourseInput)
def create_course(body: CourseInput) -> dict[str, Any]:
    """Create a course of your school; an admin names the school."""
    return _shown(service.create_course(db.session(), viewer(), body).id)


@bp.get("/courses/<id:course_id>")
@access(SIGNED_IN, Reach.CLASS)
@gives(CourseAnswer)
def show_course(course_id: UUID) -> dict[str, Any]:
    """Show a course."""
    return _shown(course_id)


@bp.put("/courses/<id:course_id>")
@access(STAFF, Reach.CLASS)
@gives(CourseAnswer)
@takes(body=CourseChange)
def change_course(course_id: UUID, body: CourseChange) -> dict[str, Any]:
    """Change the fields given of a course that you write."""
    service.change_course(db.session(), viewer(), course_id, body)
    return _shown(course_id)


@bp.delete("/courses/<id:course_id>")
@access(STAFF, Reach.CLASS)
@gives()
def delete_course(course_id: UUID) -> None:
    """Delete a course that you write; what students have done in it keeps counting for them."""
    service.delete_course(db.session(), viewer(), course_id)


@bp.post("/classes/<id:class_id>/courses")
@access(STAFF, Reach.CLASS)
@gives(ClassCourseAnswer, 201, once=True)
@takes(body=ClassCourseInput)
def give_course(class_id: UUID, body: ClassCourseInput) -> dict[str, Any]:
    """Let a class take a course, to be done by a moment if you like; repeating it sets that moment anew."""
    due_at = service.give_to_class(db.session(), viewer(), class_id, body)
    return {"class_id": class_id, "course_id": body.course_id, "due_at": due_at}


@bp.delete("/classes/<id:class_id>/courses")
@access(STAFF, Reach.CLASS)
@gives()
@takes(body=CourseOfClass)
def take_course(class_id: UUID, body: CourseOfClass) -> None:
    """Let a class no longer take a course; repeating it changes nothing."""
    service.take_from_class(db.session(), viewer(), class_id, body.course_id)


def _shown(course_id: UUID) -> dict[str, Any]:
    return _answer(queries.course(db.session(), viewer(), course_id))


def _answer(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in CourseAnswer.model_fields}
