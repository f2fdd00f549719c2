"""The headers that every answer carries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from flask import Flask, Response

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"),
)
STRICT_TRANSPORT = ("Strict-Transport-Security", "max-age=31536000")


def install_headers(app: Flask) -> None:
    """Set the security headers on every answer, and keep pages out of caches unless a view says otherwise."""

    @app.after_request
    def _keep_out_of_caches(response: Response) -> Response:
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response


def install_security_headers(app: Flask) -> None:
    """Add what never changes around the whole application, static files included, without a search for each."""
    constant = [*HEADERS, STRICT_TRANSPORT] if app.config["SESSION_COOKIE_SECURE"] else list(HEADERS)
    inner = app.wsgi_app

    def with_headers(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            return start_response(status, headers + constant, *error)

        return inner(environ, start)

    app.wsgi_app = with_headers  # type: ignore[method-assign]
