"""The columns of the log, and of what it adds up to, as files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from webapp.core.tables import Column

if TYPE_CHECKING:
    from webapp.activity.types import ActivityRow, SummaryRow

_NAMES: Final = (
    *("id", "occurred_at", "user_id", "user_name", "type", "name", "status"),
    *("details", "address", "user_agent"),
)


def _column(name: str) -> Column[ActivityRow]:
    return Column(name, name, lambda row: getattr(row, name))


COLUMNS: Final = [_column(name) for name in _NAMES]
SUMS: Final[tuple[Column[SummaryRow], ...]] = (
    Column("key", "key", lambda row: row.key),
    Column("label", "label", lambda row: row.label),
    Column("count", "count", lambda row: row.count),
    Column("percentage", "percentage", lambda row: row.percentage),
)
