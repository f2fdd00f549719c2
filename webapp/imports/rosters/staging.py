"""Putting what was read where the database can compare it: by COPY or one prepared statement, a batch at a time."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import delete, text

from webapp.accounts.words import search_text_of
from webapp.classes.models import LONGEST_KEY as LONGEST_SEARCH_KEY
from webapp.core.text import folded
from webapp.db.base import new_id, table_of
from webapp.db.bulk import insert_rows
from webapp.db.lists import POSTGRESQL, key_text
from webapp.imports.rosters.models import Kind, RosterRow, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

    from sqlalchemy.orm import Session

    from webapp.imports.rosters.findings import Found

BATCH: Final = 10_000
LONGEST_REASON: Final = 200
LENGTH_OF_ID: Final = 36
COLUMNS: Final = (
    *("import_id", "place", "file", "line", "kind", "key", "going", "unread", "verdict", "field", "reason"),
    *("email", "first_name", "last_name", "role", "ready", "name", "search_text", "begins_on", "ends_on"),
    *("class_key", "person_key", "term_key", "fresh_id", "own_id"),
)


def stage(
    transaction: Callable[[], AbstractContextManager[Session]],
    import_id: UUID,
    found: Iterable[Found],
    told: Callable[[Session, int], None],
) -> int:
    """Write the rows of an import, in place of any that a run before this one left; return how many there are.

    Each batch is a transaction of its own, in which `told` hears how many rows there are by then.
    """
    with transaction() as session:
        session.execute(delete(RosterRow).where(RosterRow.import_id == import_id))
    source, count = iter(found), 0
    while batch := list(islice(source, BATCH)):
        with transaction() as session:
            dialect = session.get_bind().dialect.name
            rows = [_row(dialect, import_id, count + n, one) for n, one in enumerate(batch, 1)]
            insert_rows(session, table_of(RosterRow), COLUMNS, rows)
            count += len(batch)
            told(session, count)
    with transaction() as session:
        learn_sizes(session)
    return count


def learn_sizes(session: Session) -> None:
    """Let PostgreSQL know how many rows there are now: its plans for the statements that follow hang on that.

    Give it a transaction of its own, because no two can do this at once.
    """
    if session.get_bind().dialect.name == POSTGRESQL:
        session.execute(text("ANALYZE roster_rows, roster_links, users, enrolments"))


def _row(dialect: str, import_id: UUID, place: int, one: Found) -> tuple[Any, ...]:
    refused = one.reason is not None
    return (
        key_text(dialect, import_id),
        place,
        one.file[:40],
        one.line,
        one.kind.value,
        one.key,
        one.going,
        refused,
        (Verdict.REFUSED if refused else Verdict.OPEN).value,
        one.field[:60] if one.field else None,
        one.reason[:LONGEST_REASON] if one.reason else None,
        one.email,
        one.first_name,
        one.last_name,
        one.role,
        one.ready,
        one.name,
        _search_text(one),
        one.begins_on.isoformat() if one.begins_on else None,
        one.ends_on.isoformat() if one.ends_on else None,
        one.class_key,
        one.person_key,
        one.term_key,
        key_text(dialect, new_id()),
        _own_id(dialect, one.key),
    )


def _search_text(one: Found) -> str | None:
    if one.kind is Kind.PERSON:
        return search_text_of(one.last_name, one.first_name, None, one.email)
    return folded(one.name)[:LONGEST_SEARCH_KEY] if one.name else None


def _own_id(dialect: str, key: str) -> str | None:
    if len(key) != LENGTH_OF_ID:
        return None
    try:
        return key_text(dialect, UUID(key))
    except ValueError:
        return None
