"""What the database itself keeps true about enrolments, whoever writes: the name under which a class lists them.

With the name and the state of the account beside the enrolment, an index has the order of the list of a class, and a
page of it reads its own rows only. `ensure` puts the triggers in place after every migration, for on SQLite a table
that a migration makes anew loses those that it had.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import inspect

from webapp.classes.models import LONGEST_NAME_KEY
from webapp.db.lists import POSTGRESQL

if TYPE_CHECKING:
    from sqlalchemy import Connection

NAMED: Final = f"substr(search_text, 1, {LONGEST_NAME_KEY})"
_TAKE: Final = f"""UPDATE enrolments SET (name_key, open_account) = (
    SELECT {NAMED}, active FROM users WHERE users.id = enrolments.user_id)"""  # noqa: S608 # nosec B608

SQLITE: Final = {
    "enrolments_named": f"AFTER INSERT ON enrolments BEGIN {_TAKE} WHERE id = NEW.id; END",
    "enrolments_moved": f"AFTER UPDATE OF user_id ON enrolments BEGIN {_TAKE} WHERE id = NEW.id; END",
    "enrolments_of_people": f"""AFTER UPDATE OF search_text, active ON users
        WHEN OLD.search_text IS NOT NEW.search_text OR OLD.active IS NOT NEW.active
        BEGIN {_TAKE} WHERE user_id = NEW.id; END""",
}
# What each stands before, and what it does.
POSTGRES: Final = {
    "enrolments_named": (
        "BEFORE INSERT OR UPDATE OF user_id ON enrolments FOR EACH ROW",
        f"""SELECT {NAMED}, active INTO NEW.name_key, NEW.open_account FROM users WHERE id = NEW.user_id;
        NEW.name_key := coalesce(NEW.name_key, '');
        NEW.open_account := coalesce(NEW.open_account, false);
        RETURN NEW;""",  # noqa: S608 # nosec B608
    ),
    "enrolments_of_people": (
        """AFTER UPDATE OF search_text, active ON users FOR EACH ROW
        WHEN (OLD.search_text <> NEW.search_text OR OLD.active <> NEW.active)""",
        f"{_TAKE} WHERE user_id = NEW.id; RETURN NULL;",
    ),
}


def ensure(connection: Connection) -> None:
    """Make the triggers, where the columns that they keep are there."""
    if not _has_columns(connection):
        return
    drop(connection)
    if connection.dialect.name != POSTGRESQL:
        for name, said in SQLITE.items():
            connection.exec_driver_sql(f"CREATE TRIGGER {name} {said}")
        return
    for name, (when, body) in POSTGRES.items():
        function = f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
        connection.exec_driver_sql(f"{function} $$ BEGIN {body} END $$")
        connection.exec_driver_sql(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {name}()")


def drop(connection: Connection) -> None:
    """Take the triggers away."""
    if connection.dialect.name == POSTGRESQL:
        for name in POSTGRES:
            connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {name}() CASCADE")
        return
    for name in SQLITE:
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")


def fill(connection: Connection) -> None:
    """Write the names of everyone who is enrolled."""
    connection.exec_driver_sql(_TAKE)


def _has_columns(connection: Connection) -> bool:
    inspector = inspect(connection)
    if not {"enrolments", "users"} <= set(inspector.get_table_names()):
        return False
    return "name_key" in {column["name"] for column in inspector.get_columns("enrolments")}
