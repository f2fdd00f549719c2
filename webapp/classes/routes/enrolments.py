"""Enrolling students, changing an enrolment, and taking students out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request, url_for

from webapp.accounts.models import User
from webapp.classes import queries, service
from webapp.classes.access import load_enrolment
from webapp.classes.models import Outcome
from webapp.classes.routes.blueprint import CHANGED, REFUSALS, bp, field_errors, typed
from webapp.classes.types import CandidateQuery, EnrolmentForm, EnrolmentInput
from webapp.extensions import db
from webapp.web.access import STAFF, Reach, access
from webapp.web.forms import parse_form, parse_query
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from flask import Response

    from webapp.classes.models import Enrolment
    from webapp.core.errors import FieldError

OUTCOMES = [(outcome.value, outcome.value.capitalize()) for outcome in Outcome]


@bp.get("/classes/<uuid:class_id>/enrol")
@access(STAFF, Reach.CLASS)
def enrol_form(class_id: UUID) -> Response:
    """Show students of the school who are not in the class yet, by a search."""
    return _enrol_page(class_id, parse_query(CandidateQuery).find)


@bp.post("/classes/<uuid:class_id>/enrol")
@access(STAFF, Reach.CLASS)
def enrol(class_id: UUID) -> Response:
    """Enrol the students who were picked."""
    session, person = db.session(), viewer()
    queries.class_row(session, person, class_id)
    try:
        found = service.enrol(session, person, class_id, parse_form(EnrolmentInput))
    except REFUSALS as error:
        return _enrol_page(class_id, request.args.get("find", "")[:100], field_errors(error, "user_ids"))
    words = f"Enrolled {found[0].name}." if len(found) == 1 else f"Enrolled {len(found)} students."
    return _done(class_id, words, leave=True)


@bp.post("/classes/<uuid:class_id>/enrol-again")
@access(STAFF, Reach.CLASS)
def enrol_again(class_id: UUID) -> Response:
    """Enrol those whom the address names, with the dates that they had."""
    found = service.enrol(db.session(), viewer(), class_id, parse_query(EnrolmentInput))
    return _done(class_id, f"{found[0].name} is enrolled again.")


@bp.get("/enrolments/<uuid:enrolment_id>")
@access(STAFF, Reach.CLASS)
def edit_enrolment(enrolment_id: UUID) -> Response:
    """Show the form of an enrolment."""
    return _enrolment_page(load_enrolment(db.session(), viewer(), enrolment_id))


@bp.post("/enrolments/<uuid:enrolment_id>")
@access(STAFF, Reach.CLASS)
def change_enrolment(enrolment_id: UUID) -> Response:
    """Set dates and outcome of an enrolment."""
    enrolment = load_enrolment(db.session(), viewer(), enrolment_id)
    try:
        service.change_enrolment(db.session(), viewer(), enrolment_id, parse_form(EnrolmentForm))
    except REFUSALS as error:
        return _enrolment_page(enrolment, field_errors(error, "ends_on"))
    return _done(enrolment.class_id, "The enrolment is saved.", leave=True)


@bp.post("/enrolments/<uuid:enrolment_id>/remove")
@access(STAFF, Reach.CLASS)
def remove_enrolment(enrolment_id: UUID) -> Response:
    """Take a student out of a class as if they had never been in it; the toast can undo it."""
    session, person = db.session(), viewer()
    name = _name(load_enrolment(session, person, enrolment_id))
    class_id, way_back = service.remove_enrolment(session, person, enrolment_id)
    sent = way_back.model_dump(mode="json", exclude_unset=True)
    undo = url_for("classes.enrol_again", class_id=class_id, **sent)
    return _done(class_id, f"Took {name} out of the class.", undo)


def _done(class_id: UUID, words: str, undo: str | None = None, *, leave: bool = False) -> Response:
    to = url_for("classes.show", class_id=class_id)
    return done(to, toast=words, undo=undo, events=CHANGED, leave=leave)


def _enrol_page(class_id: UUID, find: str, errors: Sequence[FieldError] = ()) -> Response:
    session, person = db.session(), viewer()
    row = queries.class_row(session, person, class_id)
    return render(
        "classes/enrol.html",
        "classes/_enrol.html",
        status=422 if errors else 200,
        row=row,
        find=find.strip(),
        found=queries.candidates(session, row.school_id, class_id, find.strip()),
        most=queries.CANDIDATES,
        chosen=set(request.form.getlist("user_ids")),
        values=typed(begins_on=None, ends_on=None),
        errors=errors,
    )


def _enrolment_page(enrolment: Enrolment, errors: Sequence[FieldError] = ()) -> Response:
    outcome = enrolment.outcome.value if enrolment.outcome else None
    context: dict[str, Any] = {
        "row": queries.class_row(db.session(), viewer(), enrolment.class_id),
        "enrolment_id": enrolment.id,
        "name": _name(enrolment),
        "values": typed(begins_on=enrolment.begins_on, ends_on=enrolment.ends_on, outcome=outcome),
        "outcomes": OUTCOMES,
        "errors": errors,
    }
    status = 422 if errors else 200
    return render("classes/enrolment.html", "classes/_enrolment_form.html", status=status, **context)


def _name(enrolment: Enrolment) -> str:
    found = db.session().get(User, enrolment.user_id)
    return found.name if found else "A student"
