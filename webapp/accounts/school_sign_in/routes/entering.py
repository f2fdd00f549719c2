"""The way of a browser: which school, off to its provider, back again, and in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from flask import current_app, redirect, request, url_for

from webapp.accounts.models import SignInMethod
from webapp.accounts.school_sign_in import entering, protocol, queries
from webapp.accounts.school_sign_in.protocol import Begun, Client, UntrueError
from webapp.accounts.school_sign_in.routes.blueprint import bp, inside, sealer
from webapp.accounts.school_sign_in.routes.journey import arrived, journey_of, set_out
from webapp.accounts.school_sign_in.routes.leaving import keep_token
from webapp.accounts.school_sign_in.types import (
    LEFT,
    WORDS,
    NotLetInError,
    PageQuery,
    Problem,
    ProviderError,
    Returned,
    SchoolQuestion,
)
from webapp.accounts.second_factor.routes import ask_for_code
from webapp.accounts.second_factor.service import is_asked_for
from webapp.accounts.service import sessions
from webapp.audit.service import record
from webapp.core.errors import InvalidInputError
from webapp.core.sealing import BrokenSealError
from webapp.core.secrets import hash_secret, new_secret
from webapp.extensions import db
from webapp.web.access import ANYONE, Reach, access
from webapp.web.forms import parse_form, parse_query, parse_strings
from webapp.web.identity import client_address, viewer_or_none
from webapp.web.letters import page_address
from webapp.web.redirects import safe_target
from webapp.web.render import render
from webapp.web.responses import done
from webapp.web.sessions import carry_secret
from webapp.web.tracking import note_entered

if TYPE_CHECKING:
    from flask import Response
    from werkzeug.wrappers import Response as AnyResponse

    from webapp.accounts.models import User
    from webapp.accounts.school_sign_in.routes.journey import Journey
    from webapp.accounts.school_sign_in.types import Claims, ProviderRow

log = structlog.get_logger(__name__)

NO_SUCH_SCHOOL = "No school signs in this way with that. Try your whole mail address at school."


@bp.get("/login/school")
@access(ANYONE, Reach.PUBLIC)
def which() -> Response:
    """Ask which school somebody is at."""
    return _which_page()


@bp.post("/login/school")
@access(ANYONE, Reach.PUBLIC)
def find() -> Response:
    """Lead to the page of the school that an address or a short name says."""
    try:
        said = parse_form(SchoolQuestion).school
    except InvalidInputError:
        said = ""
    found = queries.door_of(db.session(), said) if said else None
    if found is None:
        return _which_page(422, NO_SUCH_SCHOOL)
    wanted = safe_target(request.form.get("next"))
    page = url_for("school_sign_in.door", school_slug=found.slug, next=wanted)
    response = done(page, leave=True)
    # `done` would follow `next` at once; that comes after signing in.
    response.headers["HX-Redirect" if "HX-Redirect" in response.headers else "Location"] = page
    return response


@bp.get("/login/school/<school_slug>")
@access(ANYONE, Reach.PUBLIC)
def door(school_slug: str) -> Response:
    """Show the way in of one school, and why somebody did not come in."""
    asked = parse_query(PageQuery)
    provider = queries.provider_of(db.session(), school_slug)
    problem = WORDS[asked.problem] if asked.problem else ""
    wanted = safe_target(asked.next)
    return render(
        "accounts/school_door.html", provider=provider, problem=problem, wanted=wanted, left=asked.state == LEFT
    )


@bp.get("/login/school/<school_slug>/go")
@access(ANYONE, Reach.PUBLIC)
def go(school_slug: str) -> AnyResponse:
    """Send the browser to the school's provider, with a state, a nonce and a proof key of its own."""
    provider = queries.provider_of(db.session(), school_slug)
    begun = Begun(new_secret(), new_secret(), new_secret())
    try:
        response = redirect(protocol.departure(_client(provider), begun), code=303)
    except ProviderError as error:
        return _turned_away(provider, Problem.AWAY, error)
    set_out(response, school_slug, begun, safe_target(request.args.get("next")) or "")
    return response


@bp.get("/login/school/<school_slug>/return")
@access(ANYONE, Reach.PUBLIC)
def returned(school_slug: str) -> AnyResponse:
    """Take the browser back, and let it send what it brought: a page, since signing in is a write and this a GET."""
    provider = queries.provider_of(db.session(), school_slug)
    journey = journey_of(school_slug)
    if journey is None:
        return _turned_away(provider, Problem.STALE)
    try:
        brought = parse_strings(Returned, _brought())
    except InvalidInputError:
        return _turned_away(provider, Problem.CANCELLED)
    if brought.state != journey.state:
        return _turned_away(provider, Problem.STALE)
    return render("accounts/school_return.html", provider=provider, brought=brought)


@bp.post("/login/school/return")
@access(ANYONE, Reach.PUBLIC)
def enter() -> AnyResponse:
    """Let in whom the provider names, if it proves it; which provider is what the browser set out for."""
    journey = journey_of()
    if journey is None:
        return _which_page(422, WORDS[Problem.STALE])
    provider = queries.provider_of(db.session(), journey.slug)
    try:
        brought = parse_form(Returned)
    except InvalidInputError:
        return _turned_away(provider, Problem.CANCELLED)
    if brought.state != journey.state:
        return _turned_away(provider, Problem.STALE)
    try:
        claims = protocol.arrival(_client(provider), journey.begun, brought.code, brought.iss)
    except UntrueError as error:
        return _turned_away(provider, Problem.REFUSED, error)
    except ProviderError as error:
        return _turned_away(provider, Problem.AWAY, error)
    return _let_in(provider, journey, claims)


def _let_in(provider: ProviderRow, journey: Journey, claims: Claims) -> AnyResponse:
    try:
        with db.session.begin_nested():
            person = entering.admit(db.session(), provider, claims, demo=current_app.config["DEMO_MODE"])
    except NotLetInError as error:
        detail = {"reason": error.problem.value}
        record(db.session(), None, "school_sign_in.refused", school_id=provider.school_id, detail=detail)
        return _turned_away(provider, error.problem)
    before = viewer_or_none()
    if before is not None:
        sessions.end_session(db.session(), before)
    if provider.codes_too and is_asked_for(db.session(), person):
        response = ask_for_code(person, SignInMethod.SCHOOL, journey.wanted)
    else:
        response = _begin(person, journey)
    arrived(response)
    keep_token(response, provider, claims.token)
    return response


def _begin(person: User, journey: Journey) -> Response:
    secret = new_secret()
    browser = sessions.Browser(hash_secret(secret), client_address(), request.user_agent.string)
    begun = sessions.begin_session(db.session(), person.id, browser, SignInMethod.SCHOOL)
    carry_secret(secret, begun.expires_at)
    note_entered(person.id)
    return done(safe_target(journey.wanted) or url_for("home.index"), leave=True)


def _client(provider: ProviderRow) -> Client:
    """Return who we are to the provider. It may take seconds to answer: no transaction waits for that.

    Raises ProviderError where the secret cannot be opened.
    """
    db.session.rollback()
    try:
        secret = sealer("secret").open(provider.secret) if provider.secret else ""
    except BrokenSealError as error:
        raise ProviderError("The client secret was sealed with another key: enter it again.") from error
    address = page_address("school_sign_in.returned", school_slug=provider.slug)
    return Client(provider, secret, address, inside())


def _turned_away(provider: ProviderRow, problem: Problem, error: ProviderError | None = None) -> AnyResponse:
    if error is not None:
        log.warning("school_sign_in_failed", school=str(provider.school_id), problem=problem.value, why=str(error))
    response = redirect(url_for("school_sign_in.door", school_slug=provider.slug, problem=problem.value), code=303)
    if problem is not Problem.AWAY:
        arrived(response)
    return response


def _brought() -> dict[str, str]:
    return {name: request.args[name] for name in Returned.model_fields if request.args.get(name)}


def _which_page(status: int = 200, problem: str = "") -> Response:
    wanted = safe_target(request.form.get("next") or request.args.get("next"))
    typed = request.form.get("school", "")
    return render("accounts/school_which.html", status=status, problem=problem, typed=typed, wanted=wanted)
