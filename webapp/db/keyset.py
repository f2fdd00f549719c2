"""Where the next page of a long list begins: after the row that the page before ended with, whatever came meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Uuid, literal, tuple_

from webapp.core.cursors import place_of
from webapp.db.columns import UtcDateTime

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


def before(instant: Any, key: Any, cursor: str) -> ColumnElement[bool]:
    """Return the condition for rows that stand behind a cursor, newest first; raise InvalidInputError for none."""
    at, row_id = place_of(cursor)
    return tuple_(instant, key) < tuple_(literal(at, UtcDateTime()), literal(row_id, Uuid()))
