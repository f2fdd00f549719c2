"""Where to go next, and never off our own pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

HOME = "home.index"


def safe_target(wanted: str | None) -> str | None:
    """Return the address if the URL map resolves it to one of our GET endpoints, else None."""
    if not wanted or not wanted.startswith("/") or "\\" in wanted or wanted.startswith("//"):
        return None
    parts = urlsplit(wanted)
    if parts.scheme or parts.netloc or any(ord(letter) <= ord(" ") for letter in wanted):
        return None
    try:
        endpoint, _ = current_app.create_url_adapter(request).match(parts.path, method="GET")  # type: ignore[union-attr]
    except (HTTPException, RequestRedirect):
        return None
    return None if endpoint == "static" or parts.path.startswith("/api/") else wanted


def page_before() -> str | None:
    """Return the page of ours on which a link or button was pressed, as far as the browser tells."""
    before = urlsplit(request.headers.get("HX-Current-URL") or request.referrer or "")
    return safe_target(f"{before.path}?{before.query}" if before.query else before.path)


def next_or(default: str | None = None) -> str:
    """Return the `next` address that was sent when it is one of ours, else the default, else home."""
    sent = request.form.get("next") or request.args.get("next")
    return safe_target(sent) or default or url_for(HOME)
