"""What a quiz and a class tell of the questions, for those who teach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import Response, url_for

from webapp.classes.cards import class_card
from webapp.classes.queries import class_row
from webapp.core.inputs import PageInput
from webapp.core.tables import Column, csv_lines
from webapp.extensions import db
from webapp.learning import queries
from webapp.learning.routes.blueprint import bp
from webapp.web.access import STAFF, Reach, access
from webapp.web.forms import parse_query
from webapp.web.identity import viewer
from webapp.web.render import render

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.classes.types import ClassRow
    from webapp.core.permissions import Viewer
    from webapp.learning.analysis import QuestionFigures

COLUMNS: Final[tuple[Column[QuestionFigures], ...]] = (
    Column("question_id", "Question", lambda row: row.question.origin_id),
    Column("text", "Text", lambda row: row.question.text),
    Column("attempts", "Attempts", lambda row: row.attempts),
    Column("right", "Right", lambda row: row.right),
    Column("share_right", "Share right", lambda row: row.share_right),
    Column("discrimination", "Discrimination", lambda row: row.discrimination),
    Column("most_chosen_wrong", "Most chosen wrong answer", lambda row: row.wrong),
    Column("most_chosen_wrong_count", "How often", lambda row: row.wrong_count),
)


@bp.get("/quizzes/<uuid:quiz_id>/results")
@access(STAFF, Reach.CLASS)
def quiz_results(quiz_id: UUID) -> Response:
    """Show how hard each question is and how well it tells, and the attempts behind it."""
    person, session, asked = viewer(), db.session(), parse_query(PageInput)
    row = queries.quiz(session, person, quiz_id)
    return render(
        "learning/quiz_results.html",
        quiz=row,
        course=queries.course(session, person, row.course_id),
        found=queries.quiz_analysis(session, person, quiz_id),
        listing=queries.attempts_at(session, person, quiz_id, asked.page()),
        page_url=lambda offset: url_for("learning.quiz_results", quiz_id=quiz_id, offset=offset, limit=asked.limit),
    )


@bp.get("/quizzes/<uuid:quiz_id>/results.csv")
@access(STAFF, Reach.CLASS)
def quiz_results_csv(quiz_id: UUID) -> Response:
    """Download the figures of the questions."""
    row = queries.quiz(db.session(), viewer(), quiz_id)
    return _csv(queries.quiz_analysis(db.session(), viewer(), row.id).questions, "questions")


@bp.get("/classes/<uuid:class_id>/hard-questions")
@access(STAFF, Reach.CLASS)
def hard_questions(class_id: UUID) -> Response:
    """Show the questions that a class finds hardest."""
    row = class_row(db.session(), viewer(), class_id)
    found = queries.hard_questions(db.session(), viewer(), class_id)
    return render("learning/hard_questions.html", "learning/_hard_questions.html", row=row, found=found)


@bp.get("/classes/<uuid:class_id>/hard-questions.csv")
@access(STAFF, Reach.CLASS)
def hard_questions_csv(class_id: UUID) -> Response:
    """Download the questions that a class finds hardest."""
    row = class_row(db.session(), viewer(), class_id)
    return _csv(queries.hard_questions(db.session(), viewer(), row.id).questions, "hard-questions")


@class_card("learning/_hard_card.html", place=45)
def hard_card(_session: Session, _person: Viewer, row: ClassRow) -> dict[str, Any]:
    """Return where the hardest questions of a class stand; they are fetched once the page is there."""
    return {"row": row}


def _csv(rows: Sequence[QuestionFigures], what: str) -> Response:
    response = Response(csv_lines(COLUMNS, rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="milepost-{what}.csv"'
    return response
