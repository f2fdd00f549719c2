"""Quizzes and their questions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.core.inputs import PageInput
from webapp.extensions import db
from webapp.learning import queries, service
from webapp.learning.api.answers import QuizAnswer, quiz_answer
from webapp.learning.api.blueprint import bp
from webapp.learning.types import QuizChange, QuizInput
from webapp.web.access import SIGNED_IN, STAFF, Reach, access
from webapp.web.api import ListAnswer, gives, takes
from webapp.web.identity import viewer

if TYPE_CHECKING:
    from uuid import UUID


@bp.get("/courses/<id:course_id>/quizzes")
@access(SIGNED_IN, Reach.CLASS)
@gives(ListAnswer[QuizAnswer])
@takes(query=PageInput)
def list_quizzes(course_id: UUID, query: PageInput) -> dict[str, Any]:
    """List the quizzes of a course, oldest first; students see the published ones, without answers."""
    person, session = viewer(), db.session()
    found = queries.quizzes(session, person, course_id, query.page())
    questions = queries.questions(session, person, found.items)
    items = [quiz_answer(row, questions[row.id], with_key=person.is_staff) for row in found.items]
    return {"items": items, "total": found.total, "limit": found.limit, "offset": found.offset}


@bp.post("/courses/<id:course_id>/quizzes")
@access(STAFF, Reach.CLASS)
@gives(QuizAnswer, 201, once=True, refuses=(409,))
@takes(body=QuizInput)
def create_quiz(course_id: UUID, body: QuizInput) -> dict[str, Any]:
    """Create a quiz in a course that you write.

    The answer to a choice is its words, or its place counted from 0; several right choices are a list; a text may
    have several that count as right.
    """
    return _shown(service.create_quiz(db.session(), viewer(), course_id, body).id)


@bp.get("/quizzes/<id:quiz_id>")
@access(SIGNED_IN, Reach.CLASS)
@gives(QuizAnswer)
def show_quiz(quiz_id: UUID) -> dict[str, Any]:
    """Show a quiz with its questions; students see them without answers."""
    return _shown(quiz_id)


@bp.put("/quizzes/<id:quiz_id>")
@access(STAFF, Reach.CLASS)
@gives(QuizAnswer)
@takes(body=QuizChange)
def change_quiz(quiz_id: UUID, body: QuizChange) -> dict[str, Any]:
    """Change the fields given of a quiz in a course that you write.

    Questions are given all together; those with their present id keep their history. Attempts keep the questions
    that they began with.
    """
    service.change_quiz(db.session(), viewer(), quiz_id, body)
    return _shown(quiz_id)


@bp.delete("/quizzes/<id:quiz_id>")
@access(STAFF, Reach.CLASS)
@gives()
def delete_quiz(quiz_id: UUID) -> None:
    """Delete a quiz; attempts at it keep counting."""
    service.delete_quiz(db.session(), viewer(), quiz_id)


def _shown(quiz_id: UUID) -> dict[str, Any]:
    person, session = viewer(), db.session()
    row = queries.quiz(session, person, quiz_id)
    return quiz_answer(row, queries.questions(session, person, [row])[quiz_id], with_key=person.is_staff)
