"""Refusing writes that another site made a browser send."""

from __future__ import annotations

from flask import request

from webapp.extensions import csrf
from webapp.web.access import SAFE_METHODS
from webapp.web.identity import bearer_secret


def check_csrf() -> None:
    """Ask every unsafe request for the token of its session, unless it proves itself by an API token."""
    if request.method in SAFE_METHODS or request.endpoint is None:
        return
    if bearer_secret(request) is not None and request.path.startswith("/api/"):
        return
    csrf.protect()
