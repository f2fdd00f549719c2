"""How many rows each table has: counted on SQLite, estimated by PostgreSQL itself; kept until the next time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, select, table, text

from webapp.core import clock
from webapp.db.base import Base, table_of
from webapp.db.upsert import upsert
from webapp.health.models import TableSize

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# Partitions count for the table that they are parts of.
ESTIMATED: Final = text(
    "SELECT coalesce(parent.relname, c.relname) AS name, "
    "CAST(sum(coalesce(s.n_live_tup, 0)) AS bigint) AS row_count, "
    "CAST(sum(pg_total_relation_size(c.oid)) AS bigint) AS bytes "
    "FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid "
    "LEFT JOIN pg_class parent ON parent.oid = i.inhparent "
    "LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid "
    "WHERE c.relkind IN ('r', 'p') AND pg_table_is_visible(coalesce(parent.oid, c.oid)) "
    "AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) GROUP BY 1"
)


def measure(session: Session) -> list[dict[str, Any]]:
    """Return the size of each of our tables; on SQLite that reads an index of each."""
    if session.get_bind().dialect.name == "postgresql":
        found = {row.name: (row.row_count, row.bytes) for row in session.execute(ESTIMATED)}
    else:
        found = {
            name: (session.scalar(select(func.count()).select_from(table(name))), None)
            for name in sorted(Base.metadata.tables)
        }
    moment = clock.now()
    return [
        {"name": name, "row_count": found[name][0], "bytes": found[name][1], "counted_at": moment}
        for name in sorted(Base.metadata.tables)
        if name in found
    ]


def keep(session: Session, sizes: list[dict[str, Any]]) -> int:
    """Keep sizes in place of those before; return how many."""
    session.execute(delete(TableSize).where(TableSize.name.not_in([row["name"] for row in sizes])))
    upsert(session, table_of(TableSize), sizes, keys=["name"], update=["row_count", "bytes", "counted_at"])
    return len(sizes)
