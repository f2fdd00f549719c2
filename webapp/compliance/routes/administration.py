"""How a school stands towards its people's data, and what staff ask for somebody."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import request, url_for

from webapp.classes.queries import schools as all_schools
from webapp.compliance.access import load_school
from webapp.compliance.classification import PARTS, unclassified
from webapp.compliance.jobs import build_personal_export
from webapp.compliance.models import RequestKind
from webapp.compliance.queries import privacy as requests_of
from webapp.compliance.queries import status as queries
from webapp.compliance.routes.blueprint import bp
from webapp.compliance.rules import RULES, longest_days, usual_days
from webapp.compliance.service import consents, requests, retention
from webapp.compliance.types import GuardianForm, RequestsFilter, RetentionForm, StaffRequestForm, StatusFilter
from webapp.core.errors import ConflictError, FieldError, InvalidInputError
from webapp.core.inputs import PageInput
from webapp.core.permissions import Role
from webapp.db.after_commit import after_commit
from webapp.db.base import Base
from webapp.extensions import db
from webapp.jobs.queue import enqueue
from webapp.schools.cards import school_card
from webapp.web.access import MANAGERS, Reach, access
from webapp.web.forms import parse_form, parse_query, parse_strings
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from flask import Response
    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.schools.models import School

LIST, FRAGMENT = "compliance/handled.html", "compliance/_handled.html"
SETTINGS = ("grace_days", "consent_months", "guardian_required")


@bp.get("/admin/compliance")
@access(MANAGERS, Reach.SCHOOL)
def status() -> Response:
    """Show how a school stands: what is kept, late, asked, agreed to, and backed up."""
    found = queries.status(db.session(), viewer(), parse_query(StatusFilter).school_id)
    schools = [(row.id, row.name) for row in all_schools(db.session())] if viewer().role is Role.ADMIN else []
    return render("compliance/status.html", found=found, schools=schools)


@bp.get("/admin/compliance/columns")
@access(MANAGERS, Reach.SCHOOL)
def columns() -> Response:
    """Show how every column of every table is classified."""
    return render("compliance/columns.html", parts=PARTS, unclassified=unclassified(Base.metadata))


@bp.get("/admin/compliance/requests")
@access(MANAGERS, Reach.SCHOOL)
def handled() -> Response:
    """Show what people of the school asked about their data, and the forms for asking in their place."""
    return _list()


@bp.post("/admin/compliance/requests")
@access(MANAGERS, Reach.SCHOOL)
def ask_for() -> Response:
    """Ask for somebody's data or erasure in their place."""
    try:
        form = parse_form(StaffRequestForm)
        request_id = requests.ask_for(db.session(), viewer(), form)
    except InvalidInputError as error:
        return _list(422, error.errors)
    except ConflictError as error:
        return _list(409, [FieldError("confirmation", error.detail)])
    if form.kind is RequestKind.EXPORT:
        after_commit(db.session(), lambda: enqueue(build_personal_export, request_id))
    return done(url_for(".handled"), toast="That is noted.", leave=True)


@bp.post("/admin/compliance/requests/<uuid:request_id>/cancel")
@access(MANAGERS, Reach.SCHOOL)
def cancel_handled(request_id: UUID) -> Response:
    """Call off a request of somebody of the school."""
    requests.cancel_handled(db.session(), viewer(), request_id)
    return done(url_for(".handled"), toast="That is called off.", leave=True)


@bp.post("/admin/compliance/guardians")
@access(MANAGERS, Reach.SCHOOL)
def record_guardian() -> Response:
    """Write down that a guardian agreed, or does no longer."""
    try:
        consents.record_guardian(db.session(), viewer(), parse_form(GuardianForm))
    except InvalidInputError as error:
        renamed = [FieldError("guardian_email", found.message) for found in error.errors]
        return _list(422, renamed)
    return done(url_for(".handled"), toast="That is noted.", leave=True)


@bp.get("/admin/compliance/people/<uuid:user_id>/readings")
@access(MANAGERS, Reach.SCHOOL)
def readings_of(user_id: UUID) -> Response:
    """Show who read about somebody of the school, by name."""
    person = requests_of.subject(db.session(), viewer(), user_id)
    found = requests_of.disclosures_of(db.session(), user_id, parse_query(PageInput).page())
    return render("compliance/readings.html", subject=person, readings=found)


@bp.post("/schools/<uuid:school_id>/retention")
@access(MANAGERS, Reach.SCHOOL)
def change_retention(school_id: UUID) -> Response:
    """Change how long a school keeps what."""
    school = load_school(db.session(), viewer(), school_id)
    assert school is not None  # noqa: S101 - an id was given
    try:
        sent = request.form
        periods = {rule.key: sent[rule.key] for rule in RULES if rule.can_choose and sent.get(rule.key, "").strip()}
        given = {name: sent[name] for name in SETTINGS if sent.get(name, "").strip()}
        form = parse_strings(RetentionForm, {**given, "periods": periods})
        retention.change_settings(db.session(), viewer(), school_id, form)
    except InvalidInputError as error:
        return _settings_page(school, 422, error.errors)
    return done(url_for(".show_retention", school_id=school_id), toast="That is saved.", leave=True)


@bp.get("/schools/<uuid:school_id>/retention")
@access(MANAGERS, Reach.SCHOOL)
def show_retention(school_id: UUID) -> Response:
    """Show how long a school keeps what."""
    school = load_school(db.session(), viewer(), school_id)
    assert school is not None  # noqa: S101 - an id was given
    return _settings_page(school)


@school_card("compliance/_school_card.html", place=60)
def card(session: Session, _viewer: Viewer, school: School) -> Mapping[str, Any]:
    """Return what a school chose about keeping data, for the card on its page."""
    settings = retention.settings_of(session, school.id)
    return {"chosen": len(settings.periods), "grace_days": settings.grace_days}


def _settings_page(school: School, status_code: int = 200, errors: Sequence[FieldError] = ()) -> Response:
    settings = retention.settings_of(db.session(), school.id)
    shown = {"grace_days": settings.grace_days, "consent_months": settings.consent_months, **settings.periods}
    typed = {**shown, "guardian_required": settings.guardian_required, **request.form}
    rules = [replace(rule, days=usual_days(rule), longest=longest_days(rule)) for rule in RULES if rule.can_choose]
    given = {"school": school, "rules": rules, "typed": typed, "errors": errors}
    return render("compliance/retention.html", status=status_code, **given)


def _list(status_code: int = 200, errors: Sequence[FieldError] = ()) -> Response:
    wanted = parse_query(RequestsFilter)
    found = requests_of.handled(db.session(), viewer(), wanted.page(), only_open=wanted.open)
    about = requests_of.subject(db.session(), viewer(), wanted.user_id).email if wanted.user_id else ""
    typed = {"email": about, "kind": "export", "confirmation": "", **request.form}
    return render(LIST, FRAGMENT, status_code, requests=found, only_open=wanted.open, typed=typed, errors=errors)
