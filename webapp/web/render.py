"""One view, two faces: the whole page, or the fragment that an htmx request asked for."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, render_template

from webapp.extensions import htmx


def wants_fragment() -> bool:
    """Return whether the request comes from htmx and wants a part, not a whole page."""
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def render(page: str, partial: str | None = None, /, status: int = 200, **context: Any) -> Response:
    """Render `partial` for a fragment request, else `page`, which includes that same partial."""
    template = partial if partial and wants_fragment() else page
    response = make_response(render_template(template, **context), status)
    response.headers["Vary"] = "HX-Request"
    return response
