"""The blueprint of administration, and what its views share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from webapp.core.errors import ConflictError, FieldError, ForbiddenError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

bp = Blueprint("admin", __name__, url_prefix="/admin")

CHANGED = ("people-changed",)
"""The event that tells a list of people that somebody in it has changed."""

REFUSALS = (InvalidInputError, ConflictError, ForbiddenError)


def field_errors(error: InvalidInputError | ConflictError | ForbiddenError, field: str) -> Sequence[FieldError]:
    """Return what was refused, field by field; a refusal of another kind is put on `field`."""
    return error.errors if isinstance(error, InvalidInputError) else (FieldError(field, error.detail),)


def typed(given: Mapping[str, object]) -> dict[str, str]:
    """Return what the form sent, or what is given where it did not come as a form."""
    shown = {name: "" if value is None else str(value) for name, value in given.items()}
    return {name: request.form.get(name, "") for name in shown} if request.method == "POST" else shown


def download(lines: Iterable[bytes], file_name: str) -> Response:
    """Return a CSV file that is made as it is taken."""
    response = Response(lines, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response
