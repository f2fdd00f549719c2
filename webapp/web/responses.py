"""The two answers to a successful write: a fragment for htmx, a redirect for a plain form."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flask import Response, make_response, redirect, render_template

from webapp.extensions import htmx
from webapp.web.redirects import next_or
from webapp.web.toasts import Toast, carry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def done(  # noqa: PLR0913 - each says one thing about the answer
    to: str,
    *,
    partial: str | None = None,
    context: Mapping[str, Any] | None = None,
    toast: str | None = None,
    undo: str | None = None,
    events: Sequence[str] = (),
    leave: bool = False,
) -> Response:
    """Answer a write that succeeded.

    htmx gets `partial` (or nothing, 204) with `events` and the toast as HX-Trigger; a plain form gets a 303 to
    `to`, or to the `next` that it sent. `leave` sends htmx to `to` as well.
    """
    shown = Toast(toast, undo) if toast else None
    if not htmx or leave:
        return _redirect(next_or(to), shown)
    body = render_template(partial, **(context or {})) if partial else ""
    response = make_response(body, 200 if partial else 204)
    triggers: dict[str, Any] = dict.fromkeys(events)
    if shown:
        triggers["toast"] = {"message": shown.message, "undo": shown.undo}
    if triggers:
        response.headers["HX-Trigger"] = json.dumps(triggers)
    response.headers["Vary"] = "HX-Request"
    return response


def _redirect(target: str, toast: Toast | None) -> Response:
    if htmx:
        response = make_response("", 204)
        response.headers["HX-Redirect"] = target
    else:
        response = make_response(redirect(target, code=303))
    if toast:
        carry(response, toast)
    return response
