"""The columns of the log as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from webapp.core.tables import Column

if TYPE_CHECKING:
    from webapp.activity.types import ActivityRow

_NAMES: Final = (
    *("id", "occurred_at", "user_id", "user_name", "type", "name", "status"),
    *("details", "address", "user_agent"),
)


def _column(name: str) -> Column[ActivityRow]:
    return Column(name, name, lambda row: getattr(row, name))


COLUMNS: Final = [_column(name) for name in _NAMES]
