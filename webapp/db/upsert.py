"""Insert or update, in one statement, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Table
    from sqlalchemy.orm import Session

CHUNK = 5_000


def insert_for(session: Session, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Return the insert construct of the session's database, which knows `on_conflict_do_…`."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def upsert(
    session: Session,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    keys: Sequence[str],
    update: Sequence[str],
) -> None:
    """Insert the rows; where one with the same keys stands, set its `update` columns instead.

    With an empty `update` the standing row is left as it is. Rows must not repeat a key among themselves.
    """
    if not rows:
        return
    statement = insert_for(session, table)
    if update:
        changes = {name: statement.excluded[name] for name in update}
        statement = statement.on_conflict_do_update(index_elements=list(keys), set_=changes)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=list(keys))
    for start in range(0, len(rows), CHUNK):
        session.execute(statement, list(rows[start : start + CHUNK]))
