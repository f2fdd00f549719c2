"""Keeping the texts by which people are searched; words are cut here, because the databases cut them differently."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, select, update

from webapp.accounts.words import search_text_of
from webapp.classes.models import LONGEST_KEY
from webapp.core.text import folded
from webapp.imports.rosters.merging import CLASSES, ROWS, USERS
from webapp.imports.rosters.models import Kind, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Column, Table

    from webapp.imports.rosters.planning import Plan

AT_ONCE: Final = 5_000


def write_search_texts(plan: Plan) -> None:
    """Write anew the search text of people and classes whose name or address an import changed."""
    said = (USERS.c.id, USERS.c.search_text, USERS.c.last_name, USERS.c.first_name, USERS.c.username, USERS.c.email)
    _write(plan, USERS, [(one[0], search_text_of(*one[2:6]), one[1]) for one in _changed(plan, *said)])
    named = (CLASSES.c.id, CLASSES.c.search_text, CLASSES.c.name)
    _write(plan, CLASSES, [(one[0], folded(one[2])[:LONGEST_KEY], one[1]) for one in _changed(plan, *named)])


def _changed(plan: Plan, key: Column[Any], *columns: Column[Any]) -> Sequence[Any]:
    kind = Kind.PERSON if key.table is USERS else Kind.CLASS
    joined = select(key, *columns).join_from(key.table, ROWS, ROWS.c.target_id == key)
    return plan.session.execute(joined.where(plan.of(kind), ROWS.c.verdict == Verdict.CHANGED.value)).all()


def _write(plan: Plan, table: Table, found: list[tuple[UUID, str, str]]) -> None:
    statement = update(table).where(table.c.id == bindparam("key")).values(search_text=bindparam("words"))
    stale = [{"key": key, "words": words} for key, words, before in found if words != before]
    for start in range(0, len(stale), AT_ONCE):
        plan.session.execute(statement, stale[start : start + AT_ONCE])
