"""What the database itself keeps true about enrolments, whoever writes: the name under which a class lists them.

With the name and the state of the account beside the enrolment, an index has the order of the list of a class, and a
page of it reads its own rows only. `ensure` puts the triggers in place after every migration, for on SQLite a table
that a migration makes anew loses those that it had.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import inspect

from webapp.classes.models import LONGEST_NAME_KEY
from webapp.db.triggers import Triggers

if TYPE_CHECKING:
    from sqlalchemy import Connection

NAMED: Final = f"substr(search_text, 1, {LONGEST_NAME_KEY})"
_TAKE: Final = f"""UPDATE enrolments SET (name_key, open_account) = (
    SELECT {NAMED}, active FROM users WHERE users.id = enrolments.user_id)"""  # noqa: S608 # nosec B608

_SQLITE: Final = {
    "enrolments_named": f"AFTER INSERT ON enrolments BEGIN {_TAKE} WHERE id = NEW.id; END",
    "enrolments_moved": f"AFTER UPDATE OF user_id ON enrolments BEGIN {_TAKE} WHERE id = NEW.id; END",
    "enrolments_of_people": f"""AFTER UPDATE OF search_text, active ON users
        WHEN OLD.search_text IS NOT NEW.search_text OR OLD.active IS NOT NEW.active
        BEGIN {_TAKE} WHERE user_id = NEW.id; END""",
}
_POSTGRESQL: Final = {
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
TRIGGERS: Final = Triggers(_SQLITE, _POSTGRESQL)


def ensure(connection: Connection) -> None:
    """Make the triggers, where the columns that they keep are there."""
    if _has_columns(connection):
        TRIGGERS.make(connection)


def drop(connection: Connection) -> None:
    """Take the triggers away."""
    TRIGGERS.drop(connection)


def fill(connection: Connection) -> None:
    """Write the names of everyone who is enrolled."""
    connection.exec_driver_sql(_TAKE)


def _has_columns(connection: Connection) -> bool:
    inspector = inspect(connection)
    if not {"enrolments", "users"} <= set(inspector.get_table_names()):
        return False
    return "name_key" in {column["name"] for column in inspector.get_columns("enrolments")}
