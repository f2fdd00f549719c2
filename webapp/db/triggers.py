"""Making and taking away what the database itself does when rows change, on either kind of database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.db.lists import POSTGRESQL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Triggers:
    """Triggers by name: on SQLite what follows the name, on PostgreSQL when they fire and the body of a function.

    A body ends with the RETURN that its kind of trigger wants. `settings` are PostgreSQL's while a body runs: what a
    connection planned for the first statement that it saw, it keeps for all others, however many rows those change.
    """

    sqlite: Mapping[str, str]
    postgresql: Mapping[str, tuple[str, str]]
    settings: str = ""

    def make(self, connection: Connection) -> None:
        """Put the triggers in place, in the stead of those that were there."""
        self.drop(connection)
        if connection.dialect.name != POSTGRESQL:
            for name, said in self.sqlite.items():
                connection.exec_driver_sql(f"CREATE TRIGGER {name} {said}")
            return
        for name, (when, body) in self.postgresql.items():
            function = f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql {self.settings} AS"
            connection.exec_driver_sql(f"{function} $$ BEGIN {body} END $$")
            connection.exec_driver_sql(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {name}()")

    def drop(self, connection: Connection) -> None:
        """Take the triggers away."""
        if connection.dialect.name == POSTGRESQL:
            for name in self.postgresql:
                connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {name}() CASCADE")
            return
        for name in self.sqlite:
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
