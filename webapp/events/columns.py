"""The columns of counts of events as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from webapp.core.tables import Column

if TYPE_CHECKING:
    from webapp.events.types import Count

COUNTS: Final[tuple[Column[Count], ...]] = (
    Column("key", "key", lambda row: row.key),
    Column("count", "count", lambda row: row.count),
    Column("share", "share", lambda row: row.share),
)
