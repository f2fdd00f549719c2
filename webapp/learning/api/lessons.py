"""Lessons, and how far students are in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.core.inputs import PageInput
from webapp.extensions import db
from webapp.learning import queries, service
from webapp.learning.api.answers import LessonAnswer, LessonProgressAnswer
from webapp.learning.api.blueprint import bp
from webapp.learning.types import LessonChange, LessonInput, ProgressInput
from webapp.web.access import SIGNED_IN, STAFF, STUDENTS, Reach, access
from webapp.web.api import ListAnswer, gives, takes
from webapp.web.identity import viewer

if TYPE_CHECKING:
    from uuid import UUID


@bp.get("/courses/<id:course_id>/lessons")
@access(SIGNED_IN, Reach.CLASS)
@gives(ListAnswer[LessonAnswer])
@takes(query=PageInput)
def list_lessons(course_id: UUID, query: PageInput) -> dict[str, Any]:
    """List the lessons of a course in order; students see the published ones."""
    found = queries.lessons(db.session(), viewer(), course_id, query.page())
    items = [_answer(row) for row in found.items]
    return {"items": items, "total": found.total, "limit": found.limit, "offset": found.offset}


@bp.post("/courses/<id:course_id>/lessons")
@access(STAFF, Reach.CLASS)
@gives(LessonAnswer, 201, once=True, refuses=(409,))
@takes(body=LessonInput)
def create_lesson(course_id: UUID, body: LessonInput) -> dict[str, Any]:
    """Create a lesson in a course that you write, the last one unless you say where."""
    return _shown(service.create_lesson(db.session(), viewer(), course_id, body).id)


@bp.get("/lessons/<id:lesson_id>")
@access(SIGNED_IN, Reach.CLASS)
@gives(LessonAnswer)
def show_lesson(lesson_id: UUID) -> dict[str, Any]:
    """Show a lesson."""
    return _shown(lesson_id)


@bp.put("/lessons/<id:lesson_id>")
@access(STAFF, Reach.CLASS)
@gives(LessonAnswer)
@takes(body=LessonChange)
def change_lesson(lesson_id: UUID, body: LessonChange) -> dict[str, Any]:
    """Change the fields given of a lesson in a course that you write."""
    service.change_lesson(db.session(), viewer(), lesson_id, body)
    return _shown(lesson_id)


@bp.delete("/lessons/<id:lesson_id>")
@access(STAFF, Reach.CLASS)
@gives()
def delete_lesson(lesson_id: UUID) -> None:
    """Delete a lesson; that students have completed it keeps counting for them."""
    service.delete_lesson(db.session(), viewer(), lesson_id)


@bp.post("/lessons/<id:lesson_id>/progress")
@access(STUDENTS, Reach.CLASS)
@gives(LessonProgressAnswer)
@takes(body=ProgressInput)
def set_progress(lesson_id: UUID, body: ProgressInput) -> Any:
    """Say how far you are in a lesson.

    At 100 it is completed and gives its XP once; going back below takes the XP back.
    """
    progress = service.set_progress(db.session(), viewer(), lesson_id, body.percent)
    return {name: getattr(progress, name) for name in LessonProgressAnswer.model_fields}


def _shown(lesson_id: UUID) -> dict[str, Any]:
    return _answer(queries.lesson(db.session(), viewer(), lesson_id))


def _answer(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in LessonAnswer.model_fields}
