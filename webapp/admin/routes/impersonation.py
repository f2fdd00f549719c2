"""An admin looks at Milepost as somebody else, and comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, request, url_for

from webapp.accounts.service import impersonation
from webapp.accounts.service.sessions import Browser
from webapp.admin.access import load_person
from webapp.admin.routes.blueprint import bp
from webapp.audit.service import record
from webapp.core.secrets import hash_secret, new_secret
from webapp.extensions import db
from webapp.web.access import ADMINS, SAFE_METHODS, SIGNED_IN, Reach, access
from webapp.web.identity import client_address, known_viewer, viewer
from webapp.web.responses import done
from webapp.web.sessions import carry_secret

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Response


@bp.post("/users/<uuid:user_id>/impersonate")
@access(ADMINS, Reach.ALL, personally=True)
def impersonate(user_id: UUID) -> Response:
    """Go on as this person, for an hour at most; a banner on every page says so and leads back."""
    session, secret = db.session(), new_secret()
    browser = Browser(hash_secret(secret), client_address(), request.user_agent.string)
    found = load_person(session, viewer(), user_id)
    begun = impersonation.begin(session, viewer(), found, browser, demo=current_app.config["DEMO_MODE"])
    carry_secret(secret, begun.expires_at)
    return done(url_for("home.index"), toast=f"You see Milepost as {found.name} does.", leave=True)


@bp.post("/impersonation/end")
@access(SIGNED_IN, Reach.OWN)
def end_impersonation() -> Response:
    """Go back to being oneself."""
    secret, seen = new_secret(), viewer().user_id
    expires_at = impersonation.end(db.session(), viewer(), hash_secret(secret))
    carry_secret(secret, expires_at)
    if expires_at is None:
        return done(url_for("accounts.sign_in"), toast="That is over. Sign in again.", leave=True)
    return done(url_for("admin.user", user_id=seen), toast="You are yourself again.", leave=True)


@bp.before_app_request
def note_what_is_done_in_anothers_name() -> None:
    """Audit every writing request of an admin who acts as somebody else, in the transaction of what it writes."""
    if request.method in SAFE_METHODS or request.endpoint in {None, "admin.end_impersonation"}:
        return
    person = known_viewer()
    if person is not None and person.impersonator_id is not None:
        record(db.session(), person, "impersonation.acted", detail={"endpoint": request.endpoint})
