"""The way out: from here to the school's provider, which signs the browser out as well, and back.

Whoever signs out is out here before the provider is asked anything.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import structlog
from flask import current_app, redirect, request, url_for

from webapp.accounts.identity import ABSOLUTE_LIFETIME
from webapp.accounts.school_sign_in import protocol, queries
from webapp.accounts.school_sign_in.routes.blueprint import bp, inside, sealer
from webapp.accounts.school_sign_in.types import ProviderError
from webapp.core.sealing import BrokenSealError
from webapp.extensions import db
from webapp.web.access import ANYONE, Reach, access
from webapp.web.identity import viewer_or_none
from webapp.web.letters import page_address
from webapp.web.render import render

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

    from webapp.accounts.school_sign_in.types import ProviderRow

log = structlog.get_logger(__name__)

COOKIE: Final = "milepost_leaving"
PATH: Final = "/login/school"
PURPOSE: Final = "leaving"
LONGEST: Final = 3800  # browsers keep cookies of 4096 characters with their names


@bp.get("/login/school/<school_slug>/leave")
@access(ANYONE, Reach.PUBLIC)
def leave(school_slug: str) -> AnyResponse:
    """Lead a browser that is signed out here to where its provider signs it out.

    A page, since the policy of our forms lets none of them end at another host. Who is signed in stays so.
    """
    provider = queries.provider_of(db.session(), school_slug)
    if viewer_or_none() is not None:
        return redirect(url_for("home.index"), code=303)
    db.session.rollback()  # the provider may take seconds to answer, and nobody waits for that
    back = page_address("school_sign_in.door", school_slug=school_slug)
    try:
        address = protocol.farewell(provider, inside(), back, _token(provider)) if provider.leave_too else None
    except ProviderError as error:
        log.warning("school_sign_out_failed", school=str(provider.school_id), why=str(error))
        address = None
    host = urlsplit(provider.issuer).hostname
    response = render("accounts/school_leave.html", provider=provider, address=address, host=host)
    response.delete_cookie(COOKIE, path=PATH)
    return response


def keep_token(response: AnyResponse, provider: ProviderRow, token: str) -> None:
    """Let the browser carry the ID token, sealed, until it signs out; the server keeps nothing of it."""
    sealed = sealer(PURPOSE).seal(json.dumps([provider.issuer, token])).decode()
    if not provider.leave_too or len(sealed) > LONGEST:
        return
    secure, seconds = current_app.config["SESSION_COOKIE_SECURE"], int(ABSOLUTE_LIFETIME.total_seconds())
    response.set_cookie(COOKIE, sealed, max_age=seconds, httponly=True, secure=secure, samesite="Lax", path=PATH)


def _token(provider: ProviderRow) -> str:
    """Return the ID token that the browser carries, where it is of this provider."""
    try:
        issuer, token = json.loads(sealer(PURPOSE).open(request.cookies.get(COOKIE, "").encode()))
    except (BrokenSealError, ValueError, TypeError):
        return ""
    return str(token) if issuer == provider.issuer else ""
