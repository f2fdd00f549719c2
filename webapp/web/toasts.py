"""A short message that says what was done, carried to the page that is seen next."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from flask import current_app, g, request
from itsdangerous import BadData, URLSafeSerializer

if TYPE_CHECKING:
    from flask import Flask, Response

COOKIE = "milepost_toast"
LIFETIME_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Toast:
    """What to say; `undo` is an address to POST to, which brings back what was deleted."""

    message: str
    undo: str | None = None


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="toast")


def carry(response: Response, toast: Toast) -> None:
    """Let the next page show the toast."""
    value = _serializer().dumps(asdict(toast))
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie(COOKIE, value, max_age=LIFETIME_SECONDS, httponly=True, secure=secure, samesite="Lax")


def take() -> Toast | None:
    """Return the toast that the request carries; the answer forgets it."""
    sent = request.cookies.get(COOKIE)
    if not sent:
        return None
    g.forget_toast = True
    try:
        found: dict[str, Any] = _serializer().loads(sent)
        return Toast(**found)
    except (BadData, TypeError):
        return None


def install_toasts(app: Flask) -> None:
    """Forget a toast once a page has shown it."""

    @app.after_request
    def _forget(response: Response) -> Response:
        if g.get("forget_toast"):
            response.delete_cookie(COOKIE)
        return response
