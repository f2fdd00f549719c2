"""Everything about the installation as of one moment, as page and API show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from webapp.health import figures
from webapp.health.models import TableSize

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session


def overview(session: Session, home: Path, now: datetime) -> dict[str, Any]:
    """Return every figure and the size of every table, as JSON can hold them; for managers and admins."""
    found = figures.collect(session, home, now, thorough=True)
    return {
        "as_of": now.isoformat(),
        "figures": {key: found.get(key) for key in figures.FIGURES},
        "tables": tables(session),
    }


def tables(session: Session) -> list[dict[str, Any]]:
    """Return every table that was counted, the largest first."""
    chosen = (TableSize.name, TableSize.row_count, TableSize.bytes, TableSize.counted_at)
    found = session.execute(select(*chosen).order_by(TableSize.row_count.desc(), TableSize.name))
    return [
        {"name": row.name, "rows": row.row_count, "bytes": row.bytes, "counted_at": row.counted_at.isoformat()}
        for row in found
    ]
