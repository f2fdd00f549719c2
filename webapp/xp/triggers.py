"""What the database itself keeps true about standings, whoever writes (ADR 0008).

A change of a person, a class or an enrolment reaches leaderboards in its own transaction, also where it is made by a
cascade, an import or a hand at the console: the listing and the name of the person's standings follow their row, the
counts follow the standings, and the school's version grows. `ensure` puts the triggers in place after every
migration, for on SQLite a table that a migration makes anew loses those that it had.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import inspect

from webapp.db.lists import POSTGRESQL
from webapp.xp import triggers_postgresql, triggers_sqlite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

WATCHED: Final = {"standings", "standing_versions", "users", "enrolments", "class_groups"}


def ensure(connection: Connection) -> None:
    """Make the triggers, where the tables that they watch are there."""
    if set(inspect(connection).get_table_names()) >= WATCHED:
        _run(connection, (*_statements(connection)[1], *_statements(connection)[0]))


def drop(connection: Connection) -> None:
    """Take the triggers away."""
    _run(connection, _statements(connection)[1])


def names(connection: Connection) -> set[str]:
    """Return the triggers that should be there."""
    module = triggers_postgresql if connection.dialect.name == POSTGRESQL else triggers_sqlite
    return set(module.TRIGGERS)


def _statements(connection: Connection) -> tuple[Sequence[str], Sequence[str]]:
    """Return what makes them, and what takes them away."""
    module = triggers_postgresql if connection.dialect.name == POSTGRESQL else triggers_sqlite
    return module.MAKE, module.DROP


def _run(connection: Connection, statements: Sequence[str]) -> None:
    for statement in statements:
        connection.exec_driver_sql(statement)
