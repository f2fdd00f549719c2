"""Flask's session, reduced to a random secret in a cookie; what it proves is a row in the database.

The CSRF token hangs on the secret, so a form stays good for as long as the session does. Nothing else is kept.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any

from flask import g
from flask.sessions import SessionInterface, SessionMixin

from webapp.core.secrets import new_secret

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask, Request, Response

COOKIE = "milepost_session"
CSRF_FIELD = "csrf_token"
MAXIMUM_SECRET_LENGTH = 64


class SecretSession(dict[str, Any], SessionMixin):
    """The session as Flask sees it: it holds the CSRF secret and what a request keeps for itself."""


class SecretSessionInterface(SessionInterface):
    """Reads the secret from the cookie; a visitor without one gets one when a form is first shown."""

    def open_session(self, app: Flask, request: Request) -> SecretSession:
        """Return a session that holds the CSRF secret of the cookie, or of a fresh one."""
        sent = request.cookies.get(COOKIE, "")
        if not sent or len(sent) > MAXIMUM_SECRET_LENGTH:
            sent = ""
        g.session_secret = sent
        g.fresh_secret = "" if sent else new_secret()
        return SecretSession({CSRF_FIELD: _csrf_secret(app, sent or g.fresh_secret)})

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:  # noqa: ARG002 - Flask's protocol
        """Set the cookie when a secret was made or changed during the request."""
        if "new_secret" in g:
            _set_cookie(app, response, g.new_secret, g.new_secret_expires)
        elif g.get("fresh_secret") and CSRF_FIELD in g:
            _set_cookie(app, response, g.fresh_secret, None)


def carry_secret(secret: str, expires: datetime | None) -> None:
    """Have the response carry this secret from now on (at sign-in, sign-out and other changes of who one is)."""
    g.new_secret = secret
    g.new_secret_expires = expires


def _set_cookie(app: Flask, response: Response, secret: str, expires: datetime | None) -> None:
    secure = app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie(COOKIE, secret, expires=expires, httponly=True, secure=secure, samesite="Lax", path="/")


def _csrf_secret(app: Flask, secret: str) -> str:
    key = str(app.secret_key).encode()
    return hmac.new(key, b"csrf:" + secret.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
