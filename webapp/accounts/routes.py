"""Signing in and out, and the pages on which people look after their own account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, current_app, redirect, request, url_for

from webapp.accounts import queries
from webapp.accounts.school_sign_in import queries as school_accounts
from webapp.accounts.second_factor.routes import ask_for_code
from webapp.accounts.second_factor.service import is_asked_for
from webapp.accounts.service import people, sessions, tokens
from webapp.accounts.types import (
    AccountInput,
    Lifetime,
    PasswordInput,
    Scope,
    SignInInput,
    ThemeInput,
    TokenInput,
    zone_choices,
)
from webapp.core.errors import DomainError, InvalidInputError, TooManyRequestsError
from webapp.core.secrets import hash_secret, new_secret
from webapp.extensions import db
from webapp.web.access import ANYONE, SIGNED_IN, Reach, access
from webapp.web.forms import parse_form
from webapp.web.identity import client_address, viewer, viewer_or_none
from webapp.web.redirects import next_or, safe_target
from webapp.web.render import render
from webapp.web.responses import done
from webapp.web.sessions import carry_secret
from webapp.web.tracking import note_entered
from webapp.web.unit_of_work import keep_despite_refusal

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Response
    from werkzeug.wrappers import Response as AnyResponse

    from webapp.core.errors import FieldError

bp = Blueprint("accounts", __name__)


@bp.get("/login")
@access(ANYONE, Reach.PUBLIC)
def sign_in() -> AnyResponse:
    """Show the sign-in page, or home to those who are signed in."""
    if viewer_or_none() is not None:
        return redirect(next_or(), code=303)
    return _sign_in_page()


@bp.post("/login")
@access(ANYONE, Reach.PUBLIC)
def sign_in_submit() -> AnyResponse:
    """Begin a session under a new secret, whatever secret the browser had before."""
    secret = new_secret()
    browser = sessions.Browser(hash_secret(secret), client_address(), request.user_agent.string)
    try:
        given = parse_form(SignInInput)
        person = sessions.prove(db.session(), given, browser, demo=current_app.config["DEMO_MODE"])
    except TooManyRequestsError as error:
        return _sign_in_page(429, error.detail, error.retry_after)
    except InvalidInputError:
        return _sign_in_page(422, "Enter your email address and your password.")
    except sessions.SignInRefusedError as error:
        keep_despite_refusal()
        return _sign_in_page(422, error.detail)
    before = viewer_or_none()
    if before is not None:
        sessions.end_session(db.session(), before)
    if is_asked_for(db.session(), person):
        return ask_for_code(person)
    carry_secret(secret, sessions.begin_session(db.session(), person.id, browser).expires_at)
    note_entered(person.id)
    return done(url_for("home.index"), leave=True)


@bp.post("/logout")
@access(ANYONE, Reach.PUBLIC)
def sign_out() -> Response:
    """End the present session; its secret is good for nothing from then on. Some go on to their school's provider."""
    before, school_slug = viewer_or_none(), None
    if before is not None:
        school_slug = school_accounts.leaves_by(db.session(), before)
        sessions.end_session(db.session(), before)
    carry_secret(new_secret(), None)
    if school_slug is not None:
        return done(url_for("school_sign_in.leave", school_slug=school_slug), leave=True)
    return done(url_for("accounts.sign_in"), toast="You are signed out.", leave=True)


@bp.get("/account")
@access(SIGNED_IN, Reach.OWN)
def account() -> Response:
    """Show what people can change about themselves."""
    return _account_page()


@bp.post("/account")
@access(SIGNED_IN, Reach.OWN)
def change_account() -> Response:
    """Change name, zone, theme and shortcuts."""
    try:
        people.change_account(db.session(), viewer(), parse_form(AccountInput))
    except InvalidInputError as error:
        return _account_page(422, typed=request.form, errors=error.errors)
    return done(url_for("accounts.account"), toast="Your account is saved.", leave=True)


@bp.post("/account/theme")
@access(SIGNED_IN, Reach.OWN)
def change_theme() -> Response:
    """Change the theme alone."""
    people.change_theme(db.session(), viewer(), parse_form(ThemeInput).theme)
    return done(url_for("accounts.account"))


@bp.post("/account/password")
@access(SIGNED_IN, Reach.OWN, personally=True)
def change_password() -> Response:
    """Change the password; every other session ends, and this one goes on under a new secret."""
    person = viewer()
    try:
        people.change_password(db.session(), person, parse_form(PasswordInput), client_address())
    except InvalidInputError as error:
        keep_despite_refusal()
        return _account_page(422, password_errors=error.errors)
    secret = new_secret()
    carry_secret(secret, sessions.rotate_secret(db.session(), person, hash_secret(secret)))
    toast = "Your password is changed, and you are signed out everywhere else."
    return done(url_for("accounts.account"), toast=toast, leave=True)


@bp.get("/account/sessions")
@access(SIGNED_IN, Reach.OWN)
def session_list() -> Response:
    """Show where the viewer is signed in."""
    return render("accounts/sessions.html", sessions=queries.sessions(db.session(), viewer()))


@bp.post("/account/sessions/<uuid:session_id>/revoke")
@access(SIGNED_IN, Reach.OWN, personally=True)
def revoke_session(session_id: UUID) -> Response:
    """End one session; ending the present one is signing out."""
    person = viewer()
    sessions.revoke_session(db.session(), person, session_id)
    if session_id == person.session_id:
        return sign_out()
    return done(url_for("accounts.session_list"), toast="That browser is signed out.", leave=True)


@bp.post("/account/sessions/revoke-others")
@access(SIGNED_IN, Reach.OWN, personally=True)
def revoke_other_sessions() -> Response:
    """End every session but the present one."""
    count = sessions.revoke_others(db.session(), viewer())
    toast = "You were signed in nowhere else." if count == 0 else f"Signed out elsewhere: {count}."
    return done(url_for("accounts.session_list"), toast=toast, leave=True)


@bp.get("/account/tokens")
@access(SIGNED_IN, Reach.OWN)
def token_list() -> Response:
    """Show the viewer's tokens."""
    return _tokens_page()


@bp.post("/account/tokens")
@access(SIGNED_IN, Reach.OWN, personally=True)
def create_token() -> Response:
    """Make a token and show its secret, this once."""
    secret = tokens.PREFIX + new_secret()
    try:
        given = parse_form(TokenInput)
        tokens.refuse_taken_name(db.session(), viewer(), given.name)
        tokens.create_token(db.session(), viewer().user_id, given, hash_secret(secret), viewer())
    except InvalidInputError as error:
        return _tokens_page(422, errors=error.errors)
    except DomainError as error:
        return _tokens_page(409, problem=error.detail)
    return _tokens_page(shown_once=secret)


@bp.post("/account/tokens/<uuid:token_id>/revoke")
@access(SIGNED_IN, Reach.OWN, personally=True)
def revoke_token(token_id: UUID) -> Response:
    """End one token."""
    name = tokens.revoke_token(db.session(), viewer(), token_id)
    return done(url_for("accounts.token_list"), toast=f"The token “{name}” is revoked.", leave=True)


def _sign_in_page(status: int = 200, problem: str = "", retry_after: int | None = None) -> Response:
    typed = request.form.get("email", "")
    wanted = safe_target(request.form.get("next") or request.args.get("next"))
    offers_demo = current_app.config["DEMO_MODE"] and queries.demo_exists(db.session())
    shown: dict[str, Any] = {"problem": problem, "typed": typed, "wanted": wanted, "offers_demo": offers_demo}
    shown["doors"] = school_accounts.doors(db.session())
    response = render("accounts/sign_in.html", status=status, **shown)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _account_page(
    status: int = 200,
    typed: Any = None,
    errors: tuple[FieldError, ...] = (),
    password_errors: tuple[FieldError, ...] = (),
) -> Response:
    return render(
        "accounts/account.html",
        status=status,
        account=queries.account(db.session(), viewer()),
        typed=typed,
        errors=errors,
        password_errors=password_errors,
        shortest=people.shortest_password(viewer().role),
        zones=zone_choices(),
        identities=school_accounts.identities(db.session(), viewer()),
        door=school_accounts.door_instead_of_passwords(db.session(), viewer().role, viewer().school_id),
    )


def _tokens_page(
    status: int = 200, shown_once: str = "", errors: tuple[FieldError, ...] = (), problem: str = ""
) -> Response:
    return render(
        "accounts/tokens.html",
        status=status,
        tokens=queries.tokens(db.session(), viewer()),
        fresh_secret=shown_once,
        errors=errors,
        problem=problem,
        typed=request.form if errors else None,
        scopes=list(Scope),
        lifetimes=list(Lifetime),
    )
