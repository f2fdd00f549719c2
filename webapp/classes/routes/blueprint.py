"""The blueprint of classes, and what its views share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, request

from webapp.core.errors import ConflictError, FieldError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

bp = Blueprint("classes", __name__)

CHANGED = ("class-changed",)
"""The event that tells the page of a class that it has changed."""

REFUSALS = (InvalidInputError, ConflictError)


def field_errors(error: InvalidInputError | ConflictError, field: str) -> Sequence[FieldError]:
    """Return what was refused, field by field; a refusal of another kind is put on `field`."""
    return error.errors if isinstance(error, InvalidInputError) else (FieldError(field, error.detail),)


def typed(**defaults: object) -> dict[str, str]:
    """Return what the form sent, or the defaults where it did not come as a form."""
    given = {name: "" if value is None else str(value) for name, value in defaults.items()}
    return {name: request.form.get(name, "") for name in given} if request.method == "POST" else given
