"""Writing many rows at once, by the fastest road that each database has."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from webapp.db.columns import EPOCH
from webapp.db.lists import POSTGRESQL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Table
    from sqlalchemy.orm import Session

_MICROSECOND = timedelta(microseconds=1)


def stored_instant(dialect: str, instant: datetime) -> str | int:
    """Return an aware instant as the database keeps it, for use in `insert_rows`."""
    return instant.isoformat() if dialect == POSTGRESQL else (instant - EPOCH) // _MICROSECOND


def spare_memory(session: Session) -> None:
    """Let a process that writes much not map the database into its memory, as SQLite does for quick reads.

    Pages that change again and again go from SQLite's log into its file more seldom than usual.
    """
    connection = session.connection()
    if connection.dialect.name != POSTGRESQL:
        connection.exec_driver_sql("PRAGMA mmap_size = 0")
        connection.exec_driver_sql("PRAGMA wal_autocheckpoint = 8000")


def insert_rows(session: Session, table: Table, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    """Insert rows of values in the form that the database keeps: numbers, None, ids by `key_text`, ISO dates.

    COPY on PostgreSQL, one prepared statement on SQLite; part of the session's transaction. A key that exists
    already is an error.
    """
    connection = session.connection()
    names = ", ".join(columns)
    if connection.dialect.name != POSTGRESQL:
        marks = ", ".join("?" * len(columns))
        if rows:
            connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)  # nosec B608 # noqa: S608 - names of ours
        return
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
