"""The blueprint of the planner's pages, and what its views share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, request

from webapp.core import timezones
from webapp.core.errors import FieldError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from webapp.core.errors import DomainError

bp = Blueprint("planner", __name__)

CHANGED = ("planner-changed",)
"""The event that tells the page, and other tabs, that a figure or a list may have changed."""


def field_errors(error: DomainError, field: str = "form") -> Sequence[FieldError]:
    """Return what was refused, field by field; a refusal of another kind is put on `field`."""
    return error.errors if isinstance(error, InvalidInputError) else (FieldError(field, error.detail),)


def typed(**defaults: object) -> dict[str, str]:
    """Return what the form sent, or the defaults where it did not come as a form."""
    given = {name: "" if value is None else str(value) for name, value in defaults.items()}
    return {**given, **request.form.to_dict()} if request.method == "POST" else given


def wall_time(instant: datetime, zone: str) -> str:
    """Return an instant as a field for date and time takes it: `2026-11-18T16:00`, without an offset."""
    return f"{timezones.to_local(instant, zone):%Y-%m-%dT%H:%M}"
