"""Requests that may be sent twice and take effect once: the first answer is kept, and given again.

The claim on a key is a row written in the transaction of the request, before anything else. Of requests that
arrive together, all but one wait at that row until the first has committed, and then repeat its answer; when
it was refused, its row is gone and the next one runs.
"""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from flask import Response, current_app, request

from webapp.core.errors import ConflictError, InvalidInputError
from webapp.extensions import db
from webapp.web.identity import viewer

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from flask import Flask
    from sqlalchemy.orm import Session

HEADER = "Idempotency-Key"
MAXIMUM_KEY_LENGTH = 255
KEY_PATTERN = f"^[!-~]{{1,{MAXIMUM_KEY_LENGTH}}}$"
EXTENSION = "milepost_kept_answers"

_KEY = re.compile(KEY_PATTERN.removeprefix("^").removesuffix("$"), re.ASCII)


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """The first answer to a request, and the hash of what was asked."""

    request_hash: bytes
    status: int
    body: str


class KeptAnswers(Protocol):
    """Where first answers are kept; given to `keep_answers_in` by the application."""

    def claim(self, session: Session, user_id: UUID, key: str, request_hash: bytes) -> KeptAnswer | None:
        """Return the answer kept under the person's key, or None after taking the key for this request."""

    def keep(self, session: Session, user_id: UUID, key: str, status: int, body: str) -> None:
        """Keep the answer to the request that took the key."""


def keep_answers_in(app: Flask, store: KeptAnswers) -> None:
    """Let the application keep first answers there."""
    app.extensions[EXTENSION] = store


def answer_once(make: Callable[[], Response]) -> Response:
    """Return the answer that `make` gives, or the one it gave before to the same request with the same key.

    Raises ConflictError where the key came with another request, InvalidInputError where it is no key.
    """
    key = _sent_key()
    if key is None:
        return make()
    store: KeptAnswers = current_app.extensions[EXTENSION]
    person, asked = viewer().user_id, _request_hash()
    first = store.claim(db.session(), person, key, asked)
    if first is None:
        response = make()
        store.keep(db.session(), person, key, response.status_code, response.get_data(as_text=True))
        return response
    if first.request_hash != asked:
        message = f"This {HEADER} was used for another request. Nothing was changed."
        raise ConflictError(message)
    return Response(first.body, first.status, mimetype="application/json")


def _sent_key() -> str | None:
    key = request.headers.get(HEADER)
    if key is not None and not _KEY.fullmatch(key):
        message = f"Use 1 to {MAXIMUM_KEY_LENGTH} visible ASCII characters, without spaces."
        raise InvalidInputError.of(HEADER, message)
    return key


def _request_hash() -> bytes:
    body = request.get_data(cache=True)
    with suppress(ValueError, RecursionError):  # the endpoint will refuse it
        body = json.dumps(json.loads(body or b"{}"), sort_keys=True).encode()
    asked = b"\n".join((request.method.encode(), request.path.encode("utf-8", "surrogatepass"), body))
    return hashlib.sha256(asked).digest()
