"""The blueprint of rest, and what its views share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, request

from webapp.core.errors import ConflictError, FieldError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

bp = Blueprint("rest", __name__)

CHANGED = ("planner-changed",)
"""The event that tells the page, and other tabs, that a figure or a list may have changed."""

REFUSALS = (InvalidInputError, ConflictError)


def field_errors(error: InvalidInputError | ConflictError, field: str) -> Sequence[FieldError]:
    """Return what was refused, field by field; a refusal of another kind is put on `field`."""
    return error.errors if isinstance(error, InvalidInputError) else (FieldError(field, error.detail),)


def typed(*names: str) -> dict[str, str]:
    """Return what a form sent for these fields; empty texts where none was sent."""
    return {name: request.form.get(name, "") for name in names}
