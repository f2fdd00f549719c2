"""Whose rows are whose: the classification of tables, as conditions of statements."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

from sqlalchemy import Text, cast, or_, select

from webapp.compliance.classification import TABLES, Owner
from webapp.core.secrets import hash_secret
from webapp.db.base import Base

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from sqlalchemy import ColumnElement, Table

    from webapp.compliance.classification import TableRule


# How the address of a person without a name ends, to whom rows of somebody who was erased were given.
NOBODY: Final = "@erased.invalid"


def subject_hash(user_id: UUID) -> bytes:
    """Return what names a person once they are gone; an id has too many random bits to be guessed from it."""
    return hashlib.sha256(user_id.bytes).digest()


def table_named(name: str) -> Table:
    """Return a table by its name."""
    return Base.metadata.tables[name]


def tables_with_people() -> list[tuple[Table, TableRule, Owner]]:
    """Return the tables whose rows are somebody's, those that are referred to first."""
    return [
        (table, rule, rule.owner)
        for table in Base.metadata.sorted_tables
        if (rule := TABLES.get(table.name)) is not None and rule.owner is not None
    ]


def rows_of(table: Table, owner: Owner, user_id: UUID, email: str) -> ColumnElement[bool]:
    """Return the condition on a table for the rows of one person."""
    column = table.c[owner.column]
    if owner.by_account:
        return column == hash_secret(email)
    if owner.through is None:
        return column == user_id
    parent = table_named(owner.through)
    rule = TABLES[owner.through]
    assert rule.owner is not None  # noqa: S101 - a test holds that parents have owners
    return column.in_(select(parent.c.id).where(rows_of(parent, rule.owner, user_id, email)))


def naming(table: Table, columns: Iterable[str], needles: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition on a table for the rows of anybody in which one of the needles stands."""
    forms = {form for needle in needles for form in (needle, json.dumps(needle)[1:-1])}
    texts = [cast(table.c[name], Text) for name in columns]
    return or_(*(text.contains(form, autoescape=True) for text in texts for form in sorted(forms)))
