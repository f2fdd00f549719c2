"""A list of rows as a table inside a statement: one parameter however long, one plan, on both databases."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import ARRAY, Integer, Text, bindparam, cast, func, literal_column, select, type_coerce

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import CTE
    from sqlalchemy.types import TypeEngine

POSTGRESQL = "postgresql"


class GivenRows:
    """A table of rows that come with the statement: its name, its columns and their types.

    Values are JSON's: ids as `key_text` gives them, dates in ISO form, whole numbers. The column `place` counts
    the rows from 0.
    """

    def __init__(self, name: str, **columns: TypeEngine[Any]) -> None:
        """Remember the columns, in order."""
        self.name = name
        self.columns = columns

    def table(self, dialect: str) -> CTE:
        """Return the table for statements on this database."""
        columns = self._unnested() if dialect == POSTGRESQL else self._extracted()
        return select(*columns).cte(self.name).prefix_with("MATERIALIZED")

    def parameters(self, dialect: str, rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
        """Return the values that the table needs."""
        if dialect != POSTGRESQL:
            return {self.name: json.dumps(rows, separators=(",", ":"))}
        lists = zip(*rows, strict=True) if rows else ((),) * len(self.columns)
        return {f"{self.name}_{column}": list(values) for column, values in zip(self.columns, lists, strict=True)}

    def _unnested(self) -> list[Any]:
        arrays = (
            cast(bindparam(f"{self.name}_{column}", type_=ARRAY(_sent_as(kind))), ARRAY(kind))
            for column, kind in self.columns.items()
        )
        given = func.unnest(*arrays).table_valued(*self.columns, with_ordinality="nth", name=f"given_{self.name}")
        given = given.render_derived()
        typed = [type_coerce(given.c[column], kind).label(column) for column, kind in self.columns.items()]
        return [cast(given.c.nth - 1, Integer).label("place"), *typed]

    def _extracted(self) -> list[Any]:
        given = func.json_each(bindparam(self.name)).table_valued("key", "value", name=f"given_{self.name}")
        values = (
            func.json_extract(given.c.value, literal_column(f"'$[{n}]'"), type_=kind)
            for n, kind in enumerate(self.columns.values())
        )
        columns = [value.label(column) for column, value in zip(self.columns, values, strict=True)]
        return [type_coerce(given.c.key, Integer).label("place"), *columns]


def _sent_as(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    return kind if isinstance(kind, Integer) else Text()


def key_text(dialect: str, identity: UUID) -> str:
    """Return an id as text in the form that the database itself gives when it casts one to text."""
    return str(identity) if dialect == POSTGRESQL else identity.hex
