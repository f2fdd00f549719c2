"""A school's terms and holidays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request, url_for

from webapp.core.errors import NotFoundError
from webapp.extensions import db
from webapp.rest import queries, service
from webapp.rest.access import load_holiday, load_school, load_term
from webapp.rest.routes.blueprint import CHANGED, REFUSALS, bp, field_errors, typed
from webapp.rest.types import SchoolQuery, SpanInput
from webapp.web.access import MANAGERS, Reach, access
from webapp.web.forms import parse_form, parse_query
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from flask import Response

    from webapp.core.errors import FieldError

TERM, HOLIDAY = "term", "holiday"


@bp.get("/school/terms")
@access(MANAGERS, Reach.SCHOOL)
def terms() -> Response:
    """Show the terms and holidays of a school."""
    return _page(parse_query(SchoolQuery).school_id)


@bp.post("/school/terms")
@access(MANAGERS, Reach.SCHOOL)
def add_term() -> Response:
    """Add a term."""
    try:
        term = service.add_term(db.session(), viewer(), parse_form(SpanInput))
    except REFUSALS as error:
        return _page(_school_sent(), TERM, field_errors(error, "name"))
    return _done(term.school_id, f"Added “{term.name}”.")


@bp.post("/school/terms/undo")
@access(MANAGERS, Reach.SCHOOL)
def undo_term() -> Response:
    """Bring back the term that the address describes."""
    term = service.add_term(db.session(), viewer(), parse_query(SpanInput))
    return _done(term.school_id, f"“{term.name}” is back.")


@bp.post("/school/terms/<uuid:term_id>")
@access(MANAGERS, Reach.SCHOOL)
def change_term(term_id: UUID) -> Response:
    """Change name and dates of a term."""
    term = load_term(db.session(), viewer(), term_id)
    try:
        term = service.change_term(db.session(), viewer(), term_id, parse_form(SpanInput))
    except REFUSALS as error:
        return _page(term.school_id, str(term_id), field_errors(error, "name"))
    return _done(term.school_id, f"Saved “{term.name}”.")


@bp.post("/school/terms/<uuid:term_id>/delete")
@access(MANAGERS, Reach.SCHOOL)
def remove_term(term_id: UUID) -> Response:
    """Remove a term; its classes keep the name, and the toast can undo it."""
    removed = service.remove_term(db.session(), viewer(), term_id)
    return _done(removed.school_id, f"Removed “{removed.name}”.", url_for("rest.undo_term", **_way_back(removed)))


@bp.post("/school/holidays")
@access(MANAGERS, Reach.SCHOOL)
def add_holiday() -> Response:
    """Add a holiday."""
    try:
        holiday = service.add_holiday(db.session(), viewer(), parse_form(SpanInput))
    except REFUSALS as error:
        return _page(_school_sent(), HOLIDAY, field_errors(error, "name"))
    return _done(holiday.school_id, f"Added “{holiday.name}”.")


@bp.post("/school/holidays/undo")
@access(MANAGERS, Reach.SCHOOL)
def undo_holiday() -> Response:
    """Bring back the holiday that the address describes."""
    holiday = service.add_holiday(db.session(), viewer(), parse_query(SpanInput))
    return _done(holiday.school_id, f"“{holiday.name}” is back.")


@bp.post("/school/holidays/<uuid:holiday_id>")
@access(MANAGERS, Reach.SCHOOL)
def change_holiday(holiday_id: UUID) -> Response:
    """Change name and dates of a holiday."""
    holiday = load_holiday(db.session(), viewer(), holiday_id)
    try:
        holiday = service.change_holiday(db.session(), viewer(), holiday_id, parse_form(SpanInput))
    except REFUSALS as error:
        return _page(holiday.school_id, str(holiday_id), field_errors(error, "name"))
    return _done(holiday.school_id, f"Saved “{holiday.name}”.")


@bp.post("/school/holidays/<uuid:holiday_id>/delete")
@access(MANAGERS, Reach.SCHOOL)
def remove_holiday(holiday_id: UUID) -> Response:
    """Remove a holiday; the toast can undo it."""
    removed = service.remove_holiday(db.session(), viewer(), holiday_id)
    return _done(removed.school_id, f"Removed “{removed.name}”.", url_for("rest.undo_holiday", **_way_back(removed)))


def _done(school_id: UUID | None, words: str, undo: str | None = None) -> Response:
    return done(_url(school_id), toast=words, undo=undo, events=CHANGED)


def _url(school_id: UUID | None) -> str:
    """Return the address of the page; only those who have no school of their own need to say which."""
    return url_for("rest.terms", school_id=None if viewer().school_id else school_id)


def _way_back(removed: SpanInput) -> dict[str, Any]:
    return removed.model_dump(mode="json", exclude={"school_id"} if viewer().school_id else None)


def _school_sent() -> UUID | None:
    """Return the school that a refused form named, or None where it named none that can be."""
    sent = request.form.get("school_id", "")
    known = {str(school.id): school.id for school in queries.schools(db.session(), viewer())}
    return known.get(sent)


def _page(school_id: UUID | None, refused: str = "", errors: Sequence[FieldError] = ()) -> Response:
    """Return the page; `refused` names the form that was refused: a new term or holiday, or the id of one."""
    person = viewer()
    try:
        school = load_school(db.session(), person, school_id)
    except NotFoundError:
        if school_id or person.school_id:
            raise
        return render("rest/no_school.html")
    return render(
        "rest/terms.html",
        "rest/_terms.html",
        status=422 if errors else 200,
        school=school,
        schools=[] if person.school_id else queries.schools(db.session(), person),
        terms=queries.terms(db.session(), school.id),
        holidays=queries.holidays(db.session(), school.id),
        here=_url(school.id),
        values=typed("name", "starts_on", "ends_on"),
        refused=refused,
        errors=errors,
    )
