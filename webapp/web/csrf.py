"""Refusing writes that another site made a browser send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from flask import current_app, request

from webapp.extensions import csrf
from webapp.web.access import SAFE_METHODS
from webapp.web.identity import bearer_secret

if TYPE_CHECKING:
    from collections.abc import Callable

View = TypeVar("View", bound="Callable[..., Any]")

DECLARATION: Final = "__milepost_address_is_the_proof__"


def address_is_the_proof(view: View) -> View:
    """Declare that a view does only what the secret in its address allows, whoever sends it; then no token is asked.

    Only whoever has the secret can forge such a request, and they need not.
    """
    setattr(view, DECLARATION, True)
    return view


def asks_for_no_token(endpoint: str) -> bool:
    """Return whether the endpoint's view is declared so."""
    return getattr(current_app.view_functions.get(endpoint), DECLARATION, False)


def check_csrf() -> None:
    """Ask every unsafe request for the token of its session, unless it proves itself by an API token or address."""
    if request.method in SAFE_METHODS or request.endpoint is None:
        return
    if bearer_secret(request) is not None and request.path.startswith("/api/"):
        return
    if not asks_for_no_token(request.endpoint):
        csrf.protect()
