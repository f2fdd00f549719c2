"""Taking quizzes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.extensions import db
from webapp.learning import queries, service
from webapp.learning.api.answers import AttemptAnswer, attempt_answer
from webapp.learning.api.blueprint import bp
from webapp.learning.types import AttemptInput
from webapp.web.access import STUDENTS, Reach, access
from webapp.web.api import gives, takes
from webapp.web.identity import viewer

if TYPE_CHECKING:
    from uuid import UUID


@bp.post("/quizzes/<id:quiz_id>/attempts")
@access(STUDENTS, Reach.CLASS)
@gives(AttemptAnswer, 201, once=True, refuses=(409,))
@takes(body=AttemptInput)
def answer_quiz(quiz_id: UUID, body: AttemptInput) -> dict[str, Any]:
    """Hand in answers by question id, and get the score with the right answers and explanations.

    Without `answers` an attempt is begun, whose time then runs; answers hand in the attempt that is open, or one
    that begins and ends now. With `attempt_id` that very attempt is meant, and handing it in again gives the same
    result again. 409 when no attempt is left.
    """
    person, session = viewer(), db.session()
    made = service.answer_quiz(session, person, quiz_id, body)
    row = queries.attempt(session, person, made.id)
    questions = queries.questions_of_version(session, row.version_id, with_answers=row.submitted_at is not None)
    return attempt_answer(row, questions)
