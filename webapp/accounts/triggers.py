"""What the database itself keeps true about people, whoever writes (ADR 0011): their words, and how many there are.

`ensure` puts the triggers in place after every migration, for on SQLite a table that a migration makes anew loses
those that it had.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import inspect

from webapp.db.lists import POSTGRESQL
from webapp.db.triggers import Triggers

if TYPE_CHECKING:
    from sqlalchemy import Connection

TABLES: Final = {"users", "user_words", "user_tallies"}
WATCHED: Final = ("school_id", "role", "active", "search_text", "first_name", "last_name", "email", "username")
TALLY: Final = "INSERT INTO user_tallies (school_id, role, active, people)"
WORD: Final = "INSERT INTO user_words (word, user_id)"

# A search text holds letters, digits and single spaces only, so that it can be read as a list of JSON.
_SPLIT: Final = """json_each('["' || replace({}.search_text, ' ', '","') || '"]') AS given WHERE given.value <> ''"""
_UNNEST: Final = "unnest(string_to_array({}.search_text, ' ')) AS given(word) WHERE given.word <> ''"
_MOVED_SQLITE: Final = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in WATCHED)
_MOVED_POSTGRESQL: Final = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in WATCHED)
_COLUMNS: Final = ", ".join(WATCHED)

_SQLITE: Final = {
    "people_added": f"""AFTER INSERT ON users BEGIN
        {WORD} SELECT DISTINCT given.value, NEW.id FROM {_SPLIT.format("NEW")};
        {TALLY} VALUES (NEW.school_id, NEW.role, NEW.active, 1); END""",  # noqa: S608 # nosec B608
    "people_removed": f"""AFTER DELETE ON users BEGIN
        {TALLY} VALUES (OLD.school_id, OLD.role, OLD.active, -1); END""",
    "people_reworded": f"""AFTER UPDATE OF search_text ON users WHEN OLD.search_text IS NOT NEW.search_text BEGIN
        DELETE FROM user_words WHERE user_id = NEW.id;
        {WORD} SELECT DISTINCT given.value, NEW.id FROM {_SPLIT.format("NEW")}; END""",  # noqa: S608 # nosec B608
    "people_changed": f"""AFTER UPDATE OF {_COLUMNS} ON users WHEN {_MOVED_SQLITE} BEGIN
        {TALLY} VALUES (OLD.school_id, OLD.role, OLD.active, -1);
        {TALLY} VALUES (NEW.school_id, NEW.role, NEW.active, 1); END""",
}
_POSTGRESQL: Final = {
    "people_added": (
        "AFTER INSERT ON users REFERENCING NEW TABLE AS added FOR EACH STATEMENT",
        f"""{WORD} SELECT DISTINCT given.word, added.id FROM added CROSS JOIN LATERAL {_UNNEST.format("added")};
        {TALLY} SELECT school_id, role, active, count(*) FROM added GROUP BY school_id, role, active;
        RETURN NULL;""",  # noqa: S608 # nosec B608
    ),
    "people_removed": (
        "AFTER DELETE ON users REFERENCING OLD TABLE AS removed FOR EACH STATEMENT",
        f"""{TALLY} SELECT school_id, role, active, -count(*) FROM removed GROUP BY school_id, role, active;
        RETURN NULL;""",  # noqa: S608 # nosec B608
    ),
    "people_reworded": (
        "AFTER UPDATE OF search_text ON users FOR EACH ROW WHEN (OLD.search_text <> NEW.search_text)",
        f"""DELETE FROM user_words WHERE user_id = NEW.id;
        {WORD} SELECT DISTINCT given.word, NEW.id FROM {_UNNEST.format("NEW")};
        RETURN NULL;""",  # noqa: S608 # nosec B608
    ),
    "people_changed": (
        f"AFTER UPDATE OF {_COLUMNS} ON users FOR EACH ROW WHEN ({_MOVED_POSTGRESQL})",
        f"""{TALLY} VALUES (OLD.school_id, OLD.role, OLD.active, -1), (NEW.school_id, NEW.role, NEW.active, 1);
        RETURN NULL;""",
    ),
}
TRIGGERS: Final = Triggers(_SQLITE, _POSTGRESQL)


def ensure(connection: Connection) -> None:
    """Make the triggers, where the tables that they watch are there."""
    if set(inspect(connection).get_table_names()) >= TABLES:
        TRIGGERS.make(connection)


def drop(connection: Connection) -> None:
    """Take the triggers away."""
    TRIGGERS.drop(connection)


def fill(connection: Connection) -> None:
    """Write the words and the tallies of everyone who is there; both tables are empty."""
    split = _UNNEST if connection.dialect.name == POSTGRESQL else _SPLIT
    word = "given.word" if connection.dialect.name == POSTGRESQL else "given.value"
    given = split.format("users")  # a function of the row before it, which a cross join may name
    connection.exec_driver_sql(f"{WORD} SELECT DISTINCT {word}, users.id FROM users CROSS JOIN {given}")  # noqa: S608 # nosec B608
    grouped = "GROUP BY school_id, role, active"
    connection.exec_driver_sql(f"{TALLY} SELECT school_id, role, active, count(*) FROM users {grouped}")  # noqa: S608 # nosec B608
