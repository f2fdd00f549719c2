"""Forms that may come twice and take effect once: by a double click, the way back, or a line that broke.

The form carries a key of its own, made when the page was. The claim on it is a row in the transaction of the request,
as for the API's `Idempotency-Key`. The content belongs to the key: who goes back and changes what stands in the form
means something else.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from functools import wraps
from typing import TYPE_CHECKING, Any, Final

from flask import current_app, make_response, request

from webapp.extensions import db
from webapp.web.api.idempotency import EXTENSION
from webapp.web.identity import viewer
from webapp.web.redirects import next_or
from webapp.web.responses import done

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Response

    from webapp.web.api.idempotency import KeptAnswers

    View = Callable[..., Any]

FIELD: Final = "once"
BESIDE: Final = frozenset({FIELD, "csrf_token"})
KNOWN_ALREADY: Final = "This was sent twice; it is there once."
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)


def form_key() -> str:
    """Return a key for a form that is shown now; templates write it by `once()` of macros/forms.html."""
    return secrets.token_urlsafe(12)


def once(view: View) -> View:
    """Have the same form, sent again by the same person, lead where it led the first time and change nothing."""

    @wraps(view)
    def answered(**values: Any) -> Any:
        key = request.form.get(FIELD, "")
        if not _KEY.fullmatch(key):
            return view(**values)
        store: KeptAnswers = current_app.extensions[EXTENSION]
        person, content = viewer().user_id, _content()
        name = f"form:{key}:{content.hex()[:32]}"
        first = store.claim(db.session(), person, name, content)
        if first is not None:
            return done(first.body or next_or(), toast=KNOWN_ALREADY, leave=bool(first.body))
        response = make_response(view(**values))
        store.keep(db.session(), person, name, response.status_code, _target(response))
        return response

    return answered


def _content() -> bytes:
    """Return a digest of where the form goes and what stands in it."""
    sent = sorted((name, value) for name, value in request.form.items(multi=True) if name not in BESIDE)
    return hashlib.sha256(repr((request.path, sent)).encode("utf-8", "surrogatepass")).digest()


def _target(response: Response) -> str:
    return response.headers.get("HX-Redirect") or response.location or ""
