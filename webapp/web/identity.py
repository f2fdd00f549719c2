"""Who sends the present request: Flask-Login's current user, loaded from a session row or a token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from flask import Request, current_app, g, request
from flask_login import UserMixin, current_user

from webapp.core.errors import SignInRequiredError

if TYPE_CHECKING:
    from flask import Flask
    from flask_login import LoginManager

    from webapp.core.permissions import Viewer

EXTENSION = "milepost_identity"
BEARER = "bearer"


class IdentityLoader(Protocol):
    """Finds the viewer behind a secret, or None; given to `prepare_identity` by the application."""

    def from_session(self, secret: str) -> Viewer | None:
        """Return the viewer of a browser session."""

    def from_token(self, secret: str) -> Viewer | None:
        """Return the viewer of an API token."""


class SignedIn(UserMixin):
    """What Flask-Login calls the user."""

    def __init__(self, viewer: Viewer) -> None:
        """Wrap the viewer."""
        self.viewer = viewer
        self.id = str(viewer.user_id)


def prepare_identity(app: Flask, login_manager: LoginManager, loader: IdentityLoader) -> None:
    """Let Flask-Login find people through `loader` alone: no signed cookie, no remember-me."""
    app.extensions[EXTENSION] = loader
    login_manager.session_protection = None
    login_manager.request_loader(_load)
    login_manager.init_app(app)


def bearer_secret(sent: Request) -> str | None:
    """Return the API token that the request carries, if any."""
    scheme, _, secret = sent.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == BEARER else None


def _load(sent: Request) -> SignedIn | None:
    loader: IdentityLoader = current_app.extensions[EXTENSION]
    if g.get("identity_failed"):
        return None
    g.identity_failed = True  # stays so when the database does not answer, so that the error page does not ask again
    found = _find(loader, sent)
    g.identity_failed = False
    return SignedIn(found) if found else None


def _find(loader: IdentityLoader, sent: Request) -> Viewer | None:
    secret = bearer_secret(sent)
    if secret is not None:
        return loader.from_token(secret) if sent.path.startswith("/api/") else None
    return loader.from_session(g.session_secret) if g.get("session_secret") else None


def viewer_or_none() -> Viewer | None:
    """Return who sends the present request, or None for a stranger."""
    return cast("Viewer | None", getattr(current_user, "viewer", None))


def known_viewer() -> Viewer | None:
    """Return who sends the present request if anything has asked for them yet; asks nobody."""
    return cast("Viewer | None", getattr(g.get("_login_user"), "viewer", None))


def viewer() -> Viewer:
    """Return who sends the present request; raise SignInRequiredError for a stranger."""
    found = viewer_or_none()
    if found is None:
        raise SignInRequiredError
    return found


def client_address() -> str:
    """Return the address of the client; ProxyFix has read the proxies that the settings trust, and no more."""
    return request.remote_addr or ""
