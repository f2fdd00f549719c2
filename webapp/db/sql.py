"""SQL expressions that compile for both databases."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from webapp.db.columns import UtcDateTime

if TYPE_CHECKING:
    from sqlalchemy.sql.compiler import SQLCompiler


class minutes_between(FunctionElement[int]):  # noqa: N801 - reads as the SQL function that it is
    """Whole minutes from the first instant to the second."""

    type = Integer()
    inherit_cache = True


class minutes_since_epoch(FunctionElement[int]):  # noqa: N801 - reads as the SQL function that it is
    """Whole minutes from 1970 to the instant, rounded down."""

    type = Integer()
    inherit_cache = True


class instant_of_minutes(FunctionElement[datetime]):  # noqa: N801 - reads as the SQL function that it is
    """The instant that many minutes after 1970."""

    type = UtcDateTime()
    inherit_cache = True


class days_since_epoch(FunctionElement[int]):  # noqa: N801 - reads as the SQL function that it is
    """Whole days from 1970-01-01 to the date."""

    type = Integer()
    inherit_cache = True


class greatest(FunctionElement[Any]):  # noqa: N801 - reads as the SQL function that it is
    """The later or larger of two values."""

    inherit_cache = True


class least(FunctionElement[Any]):  # noqa: N801 - reads as the SQL function that it is
    """The earlier or smaller of two values."""

    inherit_cache = True


@compiles(minutes_between, "sqlite")
def _minutes_sqlite(element: minutes_between, compiler: SQLCompiler, **kw: Any) -> str:
    start, end = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"(({end}) - ({start})) / 60000000"


@compiles(minutes_between, "postgresql")
def _minutes_postgresql(element: minutes_between, compiler: SQLCompiler, **kw: Any) -> str:
    start, end = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"CAST(FLOOR(EXTRACT(EPOCH FROM ({end}) - ({start})) / 60) AS INTEGER)"


@compiles(minutes_since_epoch, "sqlite")
def _epoch_sqlite(element: minutes_since_epoch, compiler: SQLCompiler, **kw: Any) -> str:
    # Integer division rounds towards 0, which differs from rounding down before 1970 only.
    return f"({compiler.process(element.clauses, **kw)}) / 60000000"


@compiles(minutes_since_epoch, "postgresql")
def _epoch_postgresql(element: minutes_since_epoch, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST(FLOOR(date_part('epoch', {compiler.process(element.clauses, **kw)}) / 60) AS INTEGER)"


@compiles(instant_of_minutes, "sqlite")
def _instant_sqlite(element: instant_of_minutes, compiler: SQLCompiler, **kw: Any) -> str:
    return f"({compiler.process(element.clauses, **kw)}) * 60000000"


@compiles(instant_of_minutes, "postgresql")
def _instant_postgresql(element: instant_of_minutes, compiler: SQLCompiler, **kw: Any) -> str:
    return f"to_timestamp(({compiler.process(element.clauses, **kw)}) * 60.0)"


@compiles(days_since_epoch, "sqlite")
def _days_sqlite(element: days_since_epoch, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST(julianday({compiler.process(element.clauses, **kw)}) - 2440587.5 AS INTEGER)"


@compiles(days_since_epoch, "postgresql")
def _days_postgresql(element: days_since_epoch, compiler: SQLCompiler, **kw: Any) -> str:
    return f"(({compiler.process(element.clauses, **kw)}) - DATE '1970-01-01')"


@compiles(greatest, "sqlite")
def _greatest_sqlite(element: greatest, compiler: SQLCompiler, **kw: Any) -> str:
    return f"max({compiler.process(element.clauses, **kw)})"


@compiles(greatest, "postgresql")
def _greatest_postgresql(element: greatest, compiler: SQLCompiler, **kw: Any) -> str:
    return f"greatest({compiler.process(element.clauses, **kw)})"


@compiles(least, "sqlite")
def _least_sqlite(element: least, compiler: SQLCompiler, **kw: Any) -> str:
    return f"min({compiler.process(element.clauses, **kw)})"


@compiles(least, "postgresql")
def _least_postgresql(element: least, compiler: SQLCompiler, **kw: Any) -> str:
    return f"least({compiler.process(element.clauses, **kw)})"
