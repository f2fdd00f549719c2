"""Answers that are kept ready until time or a write changes them."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import TypeAdapter

from webapp.web.api.contract import JSON
from webapp.web.kept import Kept, answer_kept

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from flask import Response

    from webapp.web.api.answers import Answer


class Passing(Protocol):
    """Figures that hold up to an instant."""

    @property
    def valid_until(self) -> datetime:
        """Return the instant from which on time alone may change them."""


def give_kept(answer: type[Answer], key: str, seconds: int, read: Callable[[], Passing]) -> Response:
    """Answer with what `read` returns as `answer`, kept for so many seconds; 304 where the client has it already.

    `key` must name the viewer, their version, and all that the figures depend on beside the moment.
    """
    adapter = _adapter(answer)

    def build() -> Kept:
        found = read()
        made = adapter.dump_json(adapter.validate_python(found, from_attributes=True))
        return Kept(made.decode(), found.valid_until)

    return answer_kept(f"{key}:{_shape(answer)}", seconds, build, JSON)


@lru_cache(maxsize=64)
def _adapter(answer: type[Answer]) -> TypeAdapter[Any]:
    return TypeAdapter(answer)


@lru_cache(maxsize=64)
def _shape(answer: type[Answer]) -> str:
    """Return a mark of the answer's fields, so that a new release does not give what an old one kept."""
    schema = json.dumps(_adapter(answer).json_schema(mode="serialization"), sort_keys=True)
    return hashlib.blake2b(schema.encode(), digest_size=6).hexdigest()
