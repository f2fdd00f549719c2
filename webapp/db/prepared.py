"""Statements of every request, made ready once and run straight on the driver.

SQLAlchemy looks a statement up, builds a context and wraps a result each time it runs one, which for a row found by
its key costs more than the database does. What is written here stays a Core statement; only the way is shorter.
"""

from __future__ import annotations

from collections import namedtuple
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Dialect, SelectBase
    from sqlalchemy.orm import Session

    Processor = Callable[[Any], Any]


class Prepared:
    """A SELECT whose rows come back as named tuples. It must not hold lists of values ("IN")."""

    def __init__(self, statement: SelectBase) -> None:
        """Take the statement; it is compiled when it first runs on a kind of database."""
        self.statement: Final = statement
        self._ready: dict[str, _Ready] = {}

    def within(self, session: Session, values: Mapping[str, Any]) -> list[Any]:
        """Return all rows as the session's transaction sees them, with what it has yet to write."""
        if session.autoflush and (session.new or session.dirty or session.deleted):
            session.flush()
        return self.rows(session.connection(), values)

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[Any]:
        """Return all rows; raise what SQLAlchemy raises where the database fails."""
        ready = self._ready.get(connection.dialect.name)
        if ready is None:
            ready = self._ready[connection.dialect.name] = _Ready(self.statement, connection.dialect)
        if not connection.in_transaction():
            connection.begin()
        parameters = ready.parameters(values)
        try:
            with closing(connection.connection.cursor()) as cursor:
                for listener in connection.dispatch.before_cursor_execute:
                    listener(connection, cursor, ready.text, parameters, None, False)
                cursor.execute(ready.text, parameters)
                found = cursor.fetchall()
                for listener in connection.dispatch.after_cursor_execute:
                    listener(connection, cursor, ready.text, parameters, None, False)
        except connection.dialect.loaded_dbapi.Error as error:
            raise _wrapped(connection, ready.text, error) from error
        return ready.read(found)


class _Ready:
    """A statement as one kind of database takes it."""

    def __init__(self, statement: SelectBase, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        # Some literals are written into the text only when a statement runs.
        whole = compiled.construct_expanded_state(dict(compiled.params))
        columns = list(statement.selected_columns)
        self.text: Final = whole.statement
        self._given: Final[dict[str, Any]] = dict(compiled.params)
        self._order: Final[Sequence[str] | None] = whole.positiontup if compiled.positional else None
        self._into: Final = {
            name: process
            for bound, name in compiled.bind_names.items()
            if (process := bound.type.dialect_impl(dialect).bind_processor(dialect))
        }
        self._out_of: Final[list[tuple[int, Processor]]] = [
            (place, process)
            for place, column in enumerate(columns)
            if (process := column.type.dialect_impl(dialect).result_processor(dialect, None))
        ]
        self._make: Final[Callable[[Iterable[Any]], Any]] = _row_type(columns)._make

    def parameters(self, values: Mapping[str, Any]) -> dict[str, Any] | list[Any]:
        """Return the values as the driver takes them: by name, or in order."""
        given = {**self._given, **values}
        for name, process in self._into.items():
            given[name] = process(given[name])
        return given if self._order is None else [given[name] for name in self._order]

    def read(self, found: Iterable[Any]) -> list[Any]:
        """Return the rows as Python's types."""
        make = self._make
        if not self._out_of:
            return [make(row) for row in found]
        rows = []
        for row in found:
            values = list(row)
            for place, process in self._out_of:
                values[place] = process(values[place])
            rows.append(make(values))
        return rows


def _row_type(columns: Iterable[Any]) -> Any:
    names = [str(column.key) for column in columns]
    return namedtuple("Row", names, rename=True)  # noqa: PYI024 - its fields are known only here


def _wrapped(connection: Connection, text: str, error: Exception) -> BaseException:
    dialect = connection.dialect
    lost = bool(dialect.is_disconnect(error, connection.connection.dbapi_connection, None))  # type: ignore[arg-type]
    wrapped = DBAPIError.instance(
        text, None, error, dialect.loaded_dbapi.Error, connection_invalidated=lost, dialect=dialect
    )
    if lost:
        connection.invalidate(error)
    return wrapped
