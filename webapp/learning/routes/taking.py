"""Quizzes as students see them: beginning, answering with everything saved as one goes, handing in, looking back."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from flask import make_response, redirect, render_template, request, url_for

from webapp.classes.access import students_open_to
from webapp.core import clock
from webapp.core.errors import ConflictError, InvalidInputError, NotFoundError
from webapp.extensions import db
from webapp.learning import queries, service
from webapp.learning.grading import is_right, read_answer, right_choices
from webapp.learning.models import QuestionKind
from webapp.learning.questions import WITH_CHOICES
from webapp.learning.routes.blueprint import bp
from webapp.learning.routes.quizzes import author_context
from webapp.web.access import SIGNED_IN, STUDENTS, Reach, access
from webapp.web.identity import viewer
from webapp.web.render import render, wants_fragment
from webapp.web.responses import done
from webapp.xp.queries import given_for
from webapp.xp.rules import points_for_quiz, rules_of
from webapp.xp.wording import held_back_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from flask import Response
    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response as AnyResponse

    from webapp.core.errors import FieldError
    from webapp.core.permissions import Viewer
    from webapp.learning.models import Attempt
    from webapp.learning.types import AttemptRow, QuestionRow, QuizRow

Row = TypeVar("Row")
SAVED = "learning/_save_state.html"
LATE = "Time was over: what was saved by then is what counts."
NO_BETTER = "Your best attempt has given its points before."


@bp.get("/quizzes/<uuid:quiz_id>")
@access(SIGNED_IN, Reach.CLASS)
def quiz(quiz_id: UUID) -> Response:
    """Show a quiz: to its authors with its questions, to a student the attempt that is open, or how to begin one."""
    person = viewer()
    row = queries.quiz(db.session(), person, quiz_id)
    if person.is_staff:
        return render("learning/quiz.html", **author_context(row))
    attempts = queries.attempts(db.session(), person, quiz_id)
    under_way = next((each for each in attempts if each.submitted_at is None), None)
    if under_way is not None:
        return _sheet(row, under_way)
    return render(
        "learning/quiz_start.html",
        quiz=row,
        course=queries.course(db.session(), person, row.course_id),
        attempts=attempts,
        left=None if row.attempts_allowed is None else max(0, row.attempts_allowed - len(attempts)),
        most_points=points_for_quiz(10_000, rules_of(db.session(), person.school_id)),
    )


@bp.post("/quizzes/<uuid:quiz_id>/begin")
@access(STUDENTS, Reach.CLASS)
def begin(quiz_id: UUID) -> Response:
    """Begin an attempt, or go on with the one that is open."""
    service.begin_attempt(db.session(), viewer(), quiz_id)
    return done(url_for("learning.quiz", quiz_id=quiz_id), leave=True)


@bp.post("/attempts/<uuid:attempt_id>/answers")
@access(STUDENTS, Reach.OWN)
def save(attempt_id: UUID) -> Response:
    """Keep the answers so far, all that can be read."""
    row, questions = _attempt(attempt_id)
    try:
        kept, refused = service.save_answers(db.session(), viewer(), attempt_id, _answers(questions))
    except ConflictError as error:
        return _not_saved(error.detail, attempt_id)
    if refused and not wants_fragment():
        return _sheet(queries.quiz(db.session(), viewer(), row.quiz_id), row, refused)
    problem = " ".join(_told(questions, each) for each in refused)
    context = {"saved_at": clock.now(), "problem": problem, "answered": len(kept.answers), "asked": len(questions)}
    return done(url_for("learning.quiz", quiz_id=row.quiz_id), partial=SAVED, context=context)


@bp.post("/attempts/<uuid:attempt_id>/submit")
@access(STUDENTS, Reach.OWN)
def submit(attempt_id: UUID) -> Response:
    """Hand an attempt in; one that is handed in stays as it is."""
    before, questions = _attempt(attempt_id)
    try:
        made = service.submit_attempt(db.session(), viewer(), attempt_id, _answers(questions))
    except InvalidInputError as error:
        row = queries.quiz(db.session(), viewer(), before.quiz_id)
        return _sheet(row, before, error.errors)
    late = LATE if before.submitted_at is None and service.came_too_late(before) else ""
    return done(url_for("learning.attempt", attempt_id=attempt_id), toast=_handed_in(made, late), leave=True)


@bp.get("/attempts/<uuid:attempt_id>")
@access(SIGNED_IN, Reach.CLASS)
def attempt(attempt_id: UUID) -> AnyResponse:
    """Look back at an attempt: what was given, what is right and why. An open one is gone on with.

    Whoever looks after the student looks at those that were handed in.
    """
    if viewer().is_staff:
        return _of_student(attempt_id)
    row, questions = _attempt(attempt_id)
    if row.submitted_at is None:
        return redirect(url_for("learning.quiz", quiz_id=row.quiz_id), code=303)
    return render(
        "learning/attempt.html",
        attempt=row,
        student=None,
        opens_student=False,
        lines=[_line(question, row.answers.get(str(question.id))) for question in questions],
        points=points_for_quiz(row.score_hundredths or 0, rules_of(db.session(), viewer().school_id)),
        quiz=_seen(queries.quiz, row.quiz_id),
    )


def _of_student(attempt_id: UUID) -> Response:
    found = queries.student_attempt(db.session(), viewer(), attempt_id)
    questions = queries.questions_of_version(db.session(), found.attempt.version_id, with_answers=True)
    return render(
        "learning/attempt.html",
        attempt=found.attempt,
        student=found,
        opens_student=found.user_id in students_open_to(db.session(), viewer(), [found.user_id]),
        lines=[_line(question, found.attempt.answers.get(str(question.id))) for question in questions],
        points=points_for_quiz(found.attempt.score_hundredths or 0, rules_of(db.session(), found.school_id)),
        quiz=_seen(queries.quiz, found.attempt.quiz_id),
    )


def _seen(query: Callable[[Session, Viewer, UUID], Row], row_id: UUID) -> Row | None:
    """Return what an attempt belongs to, None where it is not there for the viewer any more."""
    try:
        return query(db.session(), viewer(), row_id)
    except NotFoundError:
        return None


def _handed_in(made: Attempt, late: str) -> str:
    """Return the score in words, with the points that it gave, and why no others."""
    points, why_not = given_for(db.session(), made.user_id, made.id)
    worth = f", {points} {'point' if points == 1 else 'points'}" if points else ""
    score = f"Handed in: {(made.score_hundredths or 0) / 100:g} %{worth}."
    no_better = NO_BETTER if made.score_hundredths and not points and not why_not else ""
    return " ".join(filter(None, (score, late, held_back_text(why_not), no_better)))


def _not_saved(problem: str, attempt_id: UUID) -> Response:
    if not wants_fragment():
        return done(url_for("learning.attempt", attempt_id=attempt_id), toast=problem)
    body = render_template(SAVED, saved_at=None, problem=problem, answered=0, asked=0)
    return make_response(body, 409)


def _attempt(attempt_id: UUID) -> tuple[AttemptRow, list[QuestionRow]]:
    row = queries.attempt(db.session(), viewer(), attempt_id)
    handed_in = row.submitted_at is not None
    return row, queries.questions_of_version(db.session(), row.version_id, with_answers=handed_in)


def _sheet(row: QuizRow, under_way: AttemptRow, errors: Sequence[FieldError] = ()) -> Response:
    questions = queries.questions_of_version(db.session(), under_way.version_id, with_answers=False)
    sent = _answers(questions) if request.method == "POST" else {}
    given = {str(each.id): _shown(each, sent.get(str(each.id)), under_way) for each in questions}
    return render(
        "learning/quiz_take.html",
        status=422 if errors else 200,
        quiz=row,
        course=_seen(queries.course, row.course_id),
        attempt=under_way,
        questions=questions,
        given=given,
        seconds_left=_seconds_left(under_way),
        answered=len(under_way.answers),
        asked=len(questions),
        saved_at=None,
        problem="",
        errors=[(f"q-{each.field.removeprefix('answers.')}", _told(questions, each)) for each in errors],
    )


def _seconds_left(under_way: AttemptRow) -> int:
    """Return for how long the attempt is open: a page counts this down, for the clock of a device may be wrong."""
    return max(0, math.ceil((under_way.closes_at - clock.now()).total_seconds())) if under_way.closes_at else 0


def _answers(questions: Sequence[QuestionRow]) -> dict[str, Any]:
    """Return what the form holds for each question; choices go by their place."""
    found: dict[str, Any] = {}
    for question in questions:
        sent = request.form.getlist(f"q-{question.id}")
        if question.kind is QuestionKind.MULTIPLE:
            found[str(question.id)] = [_place(one) for one in sent]
        elif question.kind is QuestionKind.SINGLE:
            found[str(question.id)] = _place(sent[0]) if sent else None
        else:
            found[str(question.id)] = sent[0] if sent else None
    return found


def _place(sent: str) -> int | str:
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 4 else sent  # noqa: PLR2004 - that is plenty


def _shown(question: QuestionRow, sent: Any, under_way: AttemptRow) -> Any:
    """Return what a question's field shows: what was just sent, else what was kept."""
    kept = under_way.answers.get(str(question.id))
    if question.kind not in WITH_CHOICES:
        return (kept or "") if sent is None else sent
    if sent is not None:
        with suppress(ValueError):
            kept = read_answer(question, sent)
    return kept if isinstance(kept, list) else [kept]


def _line(question: QuestionRow, given: Any) -> dict[str, Any]:
    """Return a question of an attempt that was handed in, for looking back at it."""
    with_choices = question.kind in WITH_CHOICES
    right = right_choices(question.choices, question.answer) if with_choices else []
    texts = question.answer if isinstance(question.answer, list) else [question.answer]
    return {
        "question": question,
        "given": given if isinstance(given, list) else [] if given is None else [given],
        "right": is_right(question, given),
        "key": right or [str(one) for one in texts],
        "with_choices": with_choices,
    }


def _told(questions: Sequence[QuestionRow], error: FieldError) -> str:
    numbers = {f"answers.{question.id}": number for number, question in enumerate(questions, 1)}
    return f"Question {numbers[error.field]}: {error.message}" if error.field in numbers else error.message
