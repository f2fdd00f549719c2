"""Quizzes as their authors see them: the form, the questions, and the form of a question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for

from webapp.core.errors import ConflictError, InvalidInputError
from webapp.extensions import db
from webapp.learning import queries, service
from webapp.learning.routes.blueprint import Shift, bp, field_errors, typed
from webapp.learning.routes.question_form import KINDS, KindQuery, QuestionForm, form_values
from webapp.learning.types import QuizChange, QuizInput
from webapp.web.access import STAFF, Reach, access
from webapp.web.forms import parse_form, parse_query
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from flask import Response

    from webapp.core.errors import FieldError
    from webapp.learning.models import Quiz
    from webapp.learning.types import QuestionRow, QuizRow

LIST = "learning/_question_list.html"
FIELDS = ("title", "lesson_id", "attempts_allowed", "time_limit_minutes", "published")


@bp.get("/courses/<uuid:course_id>/quizzes/new")
@access(STAFF, Reach.CLASS)
def new_quiz(course_id: UUID) -> Response:
    """Show the form of a new quiz."""
    return _form(course_id, None)


@bp.post("/courses/<uuid:course_id>/quizzes")
@access(STAFF, Reach.CLASS)
def create_quiz(course_id: UUID) -> Response:
    """Make a quiz; its questions come next."""
    queries.course(db.session(), viewer(), course_id)
    try:
        made = service.create_quiz(db.session(), viewer(), course_id, parse_form(QuizInput))
    except (InvalidInputError, ConflictError) as error:
        return _form(course_id, None, field_errors(error))
    return done(url_for("learning.quiz", quiz_id=made.id), toast=f"Added “{made.title}”.", leave=True)


@bp.get("/quizzes/<uuid:quiz_id>/edit")
@access(STAFF, Reach.CLASS)
def edit_quiz(quiz_id: UUID) -> Response:
    """Show the form of a quiz."""
    found = queries.quiz(db.session(), viewer(), quiz_id)
    return _form(found.course_id, found)


@bp.post("/quizzes/<uuid:quiz_id>/edit")
@access(STAFF, Reach.CLASS)
def change_quiz(quiz_id: UUID) -> Response:
    """Change a quiz, questions aside."""
    before = queries.quiz(db.session(), viewer(), quiz_id)
    try:
        given = parse_form(QuizInput)
        change = QuizChange(**{name: getattr(given, name) for name in FIELDS})
        changed = service.change_quiz(db.session(), viewer(), quiz_id, change)
    except (InvalidInputError, ConflictError) as error:
        return _form(before.course_id, before, field_errors(error))
    return done(url_for("learning.quiz", quiz_id=quiz_id), toast=f"Saved “{changed.title}”.", leave=True)


@bp.post("/quizzes/<uuid:quiz_id>/delete")
@access(STAFF, Reach.CLASS)
def delete_quiz(quiz_id: UUID) -> Response:
    """Delete a quiz; the toast can undo it."""
    deleted = service.delete_quiz(db.session(), viewer(), quiz_id)
    way_back = url_for("learning.restore_quiz", quiz_id=quiz_id)
    here = url_for("learning.course", course_id=deleted.course_id)
    return done(here, toast=f"Deleted “{deleted.title}”.", undo=way_back, leave=True)


@bp.post("/quizzes/<uuid:quiz_id>/restore")
@access(STAFF, Reach.CLASS)
def restore_quiz(quiz_id: UUID) -> Response:
    """Bring a deleted quiz back."""
    restored = service.restore_quiz(db.session(), viewer(), quiz_id)
    return done(url_for("learning.quiz", quiz_id=quiz_id), toast=f"“{restored.title}” is back.", leave=True)


# ------------------------------------------------------------------ questions


@bp.get("/quizzes/<uuid:quiz_id>/questions/new")
@access(STAFF, Reach.CLASS)
def new_question(quiz_id: UUID) -> Response:
    """Show the form of a new question of a kind."""
    return _question_form(queries.quiz(db.session(), viewer(), quiz_id), None, parse_query(KindQuery).kind.value)


@bp.post("/quizzes/<uuid:quiz_id>/questions")
@access(STAFF, Reach.CLASS)
def create_question(quiz_id: UUID) -> Response:
    """Add a question to a quiz."""
    found = queries.quiz(db.session(), viewer(), quiz_id)
    try:
        service.add_question(db.session(), viewer(), quiz_id, parse_form(QuestionForm).as_input())
    except (InvalidInputError, ConflictError) as error:
        return _question_form(found, None, "", field_errors(error, "text"))
    return done(url_for("learning.quiz", quiz_id=quiz_id), toast="Added the question.", leave=True)


@bp.get("/questions/<uuid:question_id>/edit")
@access(STAFF, Reach.CLASS)
def edit_question(question_id: UUID) -> Response:
    """Show the form of a question."""
    quiz_id, question = queries.question(db.session(), viewer(), question_id)
    return _question_form(queries.quiz(db.session(), viewer(), quiz_id), question, question.kind.value)


@bp.post("/questions/<uuid:question_id>/edit")
@access(STAFF, Reach.CLASS)
def change_question(question_id: UUID) -> Response:
    """Write a question anew; attempts that are under way keep the old one."""
    quiz_id, question = queries.question(db.session(), viewer(), question_id)
    try:
        service.change_question(db.session(), viewer(), question_id, parse_form(QuestionForm).as_input())
    except (InvalidInputError, ConflictError) as error:
        found = queries.quiz(db.session(), viewer(), quiz_id)
        return _question_form(found, question, question.kind.value, field_errors(error, "text"))
    return done(url_for("learning.quiz", quiz_id=quiz_id), toast="Saved the question.", leave=True)


@bp.post("/questions/<uuid:question_id>/move")
@access(STAFF, Reach.CLASS)
def move_question(question_id: UUID) -> Response:
    """Put a question further up or down."""
    return _list(service.move_question(db.session(), viewer(), question_id, parse_form(Shift).by))


@bp.post("/questions/<uuid:question_id>/delete")
@access(STAFF, Reach.CLASS)
def delete_question(question_id: UUID) -> Response:
    """Take a question out of a quiz; the toast can undo it."""
    found = service.delete_question(db.session(), viewer(), question_id)
    return _list(found, "Deleted the question.", url_for("learning.restore_question", question_id=question_id))


@bp.post("/questions/<uuid:question_id>/restore")
@access(STAFF, Reach.CLASS)
def restore_question(question_id: UUID) -> Response:
    """Put a question back that was taken out."""
    found = service.restore_question(db.session(), viewer(), question_id)
    return done(url_for("learning.quiz", quiz_id=found.id), toast="The question is back.", leave=True)


def author_context(row: QuizRow) -> dict[str, Any]:
    """Return what the page of a quiz shows to those who write or teach it."""
    session, person = db.session(), viewer()
    return {
        "quiz": row,
        "course": queries.course(session, person, row.course_id),
        "questions": queries.questions(session, person, [row])[row.id],
        "may_write": queries.may_write(session, person, row.course_id),
        "kinds": KINDS,
    }


def _list(found: Quiz, toast: str | None = None, undo: str | None = None) -> Response:
    here, row = url_for("learning.quiz", quiz_id=found.id), queries.quiz(db.session(), viewer(), found.id)
    return done(here, partial=LIST, context=author_context(row), toast=toast, undo=undo)


def _form(course_id: UUID, quiz: QuizRow | None, errors: Sequence[FieldError] = ()) -> Response:
    session, person = db.session(), viewer()
    return render(
        "learning/quiz_form.html",
        status=422 if errors else 200,
        course=queries.course(session, person, course_id),
        quiz=quiz,
        lessons=[(row.id, row.title) for row in queries.outline(session, person, course_id)],
        values=typed(**{name: getattr(quiz, name) if quiz else None for name in FIELDS}),
        errors=errors,
    )


def _question_form(
    quiz: QuizRow, question: QuestionRow | None, kind: str, errors: Sequence[FieldError] = ()
) -> Response:
    values = typed(**form_values(question, kind))
    return render(
        "learning/question_form.html",
        status=422 if errors else 200,
        quiz=quiz,
        question=question,
        kinds=KINDS,
        values=values | {"kind": values["kind"] if values["kind"] in KINDS else "single"},
        errors=errors,
    )
