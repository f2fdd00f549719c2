"""The page between password and first page that asks for a code, and where people set codes up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, current_app, g, redirect, request, url_for

from webapp.accounts.access import load_self
from webapp.accounts.models import SignInMethod
from webapp.accounts.second_factor import service
from webapp.accounts.second_factor.access import load_school
from webapp.accounts.second_factor.types import CodeInput, RemovalInput, RequirementInput
from webapp.accounts.service import sessions
from webapp.core.errors import ConflictError, InvalidInputError, TooManyRequestsError
from webapp.core.sealing import Sealer
from webapp.core.secrets import hash_secret, new_secret
from webapp.extensions import db
from webapp.flags.service import enabled_at
from webapp.schools.cards import school_card
from webapp.web.access import ANYONE, MANAGERS, SIGNED_IN, Reach, access
from webapp.web.forms import parse_form
from webapp.web.identity import client_address, viewer
from webapp.web.redirects import safe_target
from webapp.web.render import render
from webapp.web.responses import done
from webapp.web.sessions import carry_secret
from webapp.web.tracking import note_entered
from webapp.web.unit_of_work import keep_despite_refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from flask import Response
    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response as AnyResponse

    from webapp.accounts.models import User
    from webapp.core.errors import FieldError
    from webapp.core.permissions import Viewer
    from webapp.schools.models import School

bp = Blueprint("second_factor", __name__)
NOT_OFFERED = "Codes are switched off here at the moment."
CARD_PAGE, CARD = "accounts/school_codes.html", "accounts/_school_codes.html"


def sealer() -> Sealer:
    """Return what seals the secrets of codes."""
    return Sealer(str(current_app.secret_key), "second-factor")


def ask_for_code(person: User, method: SignInMethod = SignInMethod.PASSWORD, wanted: str | None = None) -> AnyResponse:
    """Lead somebody who has proved themselves by `method` on to their code; they are not signed in yet.

    `wanted` is where they go then, by default what the request itself names.
    """
    secret = new_secret()
    service.begin_waiting(db.session(), person, hash_secret(secret), method)
    if not service.has_factor(db.session(), person.id):
        service.begin_set_up(db.session(), person, sealer())
    carry_secret(secret, None)
    wanted = safe_target(wanted or request.form.get("next") or request.args.get("next"))
    return redirect(url_for("second_factor.code", next=wanted), code=303)


@bp.get("/login/code")
@access(ANYONE, Reach.PUBLIC)
def code() -> AnyResponse:
    """Ask for a code, or show how to set codes up where the school insists and none are."""
    person = _waiting()
    return _code_page(person) if person else redirect(url_for("accounts.sign_in"), code=303)


@bp.post("/login/code")
@access(ANYONE, Reach.PUBLIC)
def code_submit() -> AnyResponse:
    """Begin the session once the code is right, under a new secret."""
    person = _waiting()
    if person is None:
        return redirect(url_for("accounts.sign_in"), code=303)
    fresh: list[str] = []
    try:
        given = parse_form(CodeInput).code
        if service.has_factor(db.session(), person.id):
            service.check(db.session(), person, given, sealer(), client_address())
        else:
            fresh = service.confirm(db.session(), person, given, sealer(), client_address())
    except InvalidInputError as error:
        keep_despite_refusal()
        return _code_page(person, 422, error.errors)
    except TooManyRequestsError as error:
        return _code_page(person, 429, problem=f"Too many wrong codes. {error.detail.partition('. ')[2]}")
    _enter(person)
    if fresh:
        return _codes_page(fresh)
    return done(url_for("home.index"), leave=True)


def _enter(person: User) -> None:
    method = service.end_waiting(db.session(), hash_secret(g.session_secret))
    secret = new_secret()
    browser = sessions.Browser(hash_secret(secret), client_address(), request.user_agent.string)
    carry_secret(secret, sessions.begin_session(db.session(), person.id, browser, method).expires_at)
    note_entered(person.id)


@bp.get("/account/second-factor")
@access(SIGNED_IN, Reach.OWN)
def show() -> Response:
    """Show whether codes are asked for, and the secret that waits to be confirmed, if one does."""
    return _own_page()


@bp.post("/account/second-factor")
@access(SIGNED_IN, Reach.OWN)
def begin() -> Response:
    """Make a secret to be confirmed."""
    if not service.is_offered(db.session(), viewer()):
        return _own_page(409, problem=NOT_OFFERED)
    service.begin_set_up(db.session(), load_self(db.session(), viewer()), sealer())
    return done(url_for("second_factor.show"), leave=True)


@bp.post("/account/second-factor/confirm")
@access(SIGNED_IN, Reach.OWN)
def confirm() -> Response:
    """Take the first code, and show the recovery codes, this once."""
    person = load_self(db.session(), viewer())
    if service.set_up(db.session(), person, sealer()) is None:
        return done(url_for("second_factor.show"), leave=True)
    try:
        given = parse_form(CodeInput).code
        return _codes_page(service.confirm(db.session(), person, given, sealer(), client_address()))
    except InvalidInputError as error:
        keep_despite_refusal()
        return _own_page(422, error.errors)
    except TooManyRequestsError as error:
        return _own_page(429, problem=f"Too many wrong codes. {error.detail.partition('. ')[2]}")


@bp.post("/account/second-factor/codes")
@access(SIGNED_IN, Reach.OWN)
def renew() -> Response:
    """Make new recovery codes in place of the old ones."""
    if not service.has_factor(db.session(), viewer().user_id):
        return done(url_for("second_factor.show"), leave=True)
    return _codes_page(service.renew_codes(db.session(), viewer().user_id))


@bp.post("/account/second-factor/remove")
@access(SIGNED_IN, Reach.OWN)
def remove() -> Response:
    """Do without codes from now on."""
    try:
        service.remove_own(db.session(), viewer(), parse_form(RemovalInput).current_password, client_address())
    except InvalidInputError as error:
        keep_despite_refusal()
        return _own_page(422, error.errors)
    except ConflictError as error:
        return _own_page(409, problem=error.detail)
    return done(url_for("second_factor.show"), toast="Your password alone lets you in now.", leave=True)


@bp.post("/admin/users/<uuid:user_id>/second-factor/reset")
@access(MANAGERS, Reach.SCHOOL)
def reset(user_id: UUID) -> Response:
    """Take away the codes of somebody who lost them, and sign them out everywhere."""
    service.reset(db.session(), viewer(), user_id)
    toast = "Their codes are taken away, and they are signed out everywhere."
    return done(url_for("admin.user", user_id=user_id), toast=toast, leave=True)


@school_card("accounts/_school_codes.html", place=30)
def codes_card(session: Session, _person: Viewer, school: School) -> Mapping[str, Any]:
    """Return whether staff of a school need codes."""
    return _card(session, school, wanted=service.school_needs_codes(session, school.id))


@bp.get("/admin/schools/<uuid:school_id>/codes")
@access(MANAGERS, Reach.SCHOOL)
def school_codes(school_id: UUID) -> Response:
    """Show whether staff of a school need codes."""
    school = load_school(db.session(), viewer(), school_id)
    return render(CARD_PAGE, CARD, school=school, card=codes_card(db.session(), viewer(), school))


@bp.post("/admin/schools/<uuid:school_id>/codes")
@access(MANAGERS, Reach.SCHOOL)
def require(school_id: UUID) -> Response:
    """Say whether staff of a school need codes."""
    school = load_school(db.session(), viewer(), school_id)
    wanted = parse_form(RequirementInput).staff_need_codes
    try:
        service.require(db.session(), viewer(), school.id, wanted=wanted)
    except InvalidInputError as error:
        refused = _card(db.session(), school, error.errors, wanted=wanted)
        return render(CARD_PAGE, CARD, 422, school=school, card=refused)
    shown = {"school": school, "card": _card(db.session(), school, wanted=wanted)}
    toast = "Staff need codes from now on." if wanted else "Passwords alone let staff in."
    return done(url_for("second_factor.school_codes", school_id=school.id), partial=CARD, context=shown, toast=toast)


def _card(session: Session, school: School, errors: Sequence[FieldError] = (), *, wanted: bool) -> Mapping[str, Any]:
    return {"wanted": wanted, "errors": errors, "on": enabled_at(session, service.FLAG, school.id)}


def _waiting() -> User | None:
    secret = g.get("session_secret")
    demo = current_app.config["DEMO_MODE"]
    return service.waiting_person(db.session(), hash_secret(secret), demo=demo) if secret else None


def _code_page(person: User, status: int = 200, errors: tuple[FieldError, ...] = (), problem: str = "") -> Response:
    fresh = None if service.has_factor(db.session(), person.id) else service.set_up(db.session(), person, sealer())
    wanted = safe_target(request.form.get("next") or request.args.get("next"))
    return render("accounts/code.html", status=status, fresh=fresh, wanted=wanted, errors=errors, problem=problem)


def _own_page(status: int = 200, errors: tuple[FieldError, ...] = (), problem: str = "") -> Response:
    session, person = db.session(), viewer()
    shown: dict[str, Any] = {"factor": service.factor_row(session, person), "problem": problem, "errors": errors}
    shown["fresh"] = service.set_up(session, load_self(session, person), sealer())
    return render("accounts/second_factor.html", status=status, **shown)


def _codes_page(codes: list[str]) -> Response:
    return render("accounts/recovery_codes.html", codes=codes)
