"""PostgreSQL into a backup and out of it by COPY, all tables in one snapshot; no program of PostgreSQL is needed.

What tables look like is not kept: the migrations make them again, at the backup's own revision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from psycopg import sql

from webapp.compliance.backup.archive import BrokenBackupError
from webapp.db.engine import reading_only

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from webapp.compliance.backup.archive import Manifest, Reader, Writer

VERSIONS: Final = "alembic_version"
# A table in parts is read and filled as one; rows find their part by themselves.
TABLES: Final = """
    SELECT relname FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
    ORDER BY relname"""
OWN_SCHEMAS: Final = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'milepost\\_%'"
COLUMNS: Final = """
    SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = current_schema() AND is_generated = 'NEVER' ORDER BY table_name, ordinal_position"""
KEYS: Final = """
    SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
    WHERE contype = 'f' AND conparentid = 0 AND connamespace = current_schema()::regnamespace ORDER BY 1, 2"""
INDEXES: Final = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
    FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
    WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND NOT relispartition AND indexrelid NOT IN
        (SELECT conindid FROM pg_constraint WHERE conindid <> 0) ORDER BY 1"""
SEQUENCES: Final = """
    SELECT table_name, column_name, pg_get_serial_sequence(quote_ident(table_name), column_name)
    FROM information_schema.columns WHERE table_schema = current_schema()
    AND pg_get_serial_sequence(quote_ident(table_name), column_name) IS NOT NULL"""
FUNCTIONS: Final = "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
MEMORY: Final = "SET LOCAL maintenance_work_mem = '256MB'"


def member_of(table: str) -> str:
    """Return the name of the member that holds a table's rows."""
    return f"tables/{table}.copy"


def dump(engine: Engine, writer: Writer, manifest: Manifest) -> None:
    """Add every table as it is at one moment; nobody waits."""
    with reading_only(), engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        connection.exec_driver_sql("SELECT 1")  # begins the snapshot
        with raw.cursor() as cursor:
            columns = _columns(cursor)
            for table in columns:
                with (
                    writer.member(member_of(table)) as write,
                    cursor.copy(_reading(table, columns[table])) as copy,
                ):
                    for part in copy:
                        write(part)
                manifest.rows[table] = cursor.rowcount
            manifest.columns = columns
            cursor.execute("SELECT version_num FROM alembic_version")
            manifest.revision = cursor.fetchone()[0]
        connection.rollback()


def wipe(engine: Engine) -> None:
    """Drop every table and function of ours."""
    with engine.begin() as connection:
        raw: Any = connection.connection.driver_connection
        with raw.cursor() as cursor:
            cursor.execute(TABLES)
            for (table,) in cursor.fetchall():
                cursor.execute(sql.SQL("DROP TABLE IF EXISTS {} CASCADE").format(sql.Identifier(table)))
            cursor.execute(OWN_SCHEMAS)
            for (schema,) in cursor.fetchall():
                cursor.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))
            cursor.execute(FUNCTIONS)
            for (function,) in cursor.fetchall():
                cursor.execute(sql.SQL("DROP FUNCTION IF EXISTS {} CASCADE").format(sql.SQL(function)))


def load(engine: Engine, reader: Reader) -> None:
    """Fill tables that the migrations have just made with the rows of a backup, in one transaction.

    Keys and indexes are made anew at the end, all at once: that is faster, and checks every reference.
    """
    with engine.begin() as connection:
        raw: Any = connection.connection.driver_connection
        with raw.cursor() as cursor:
            _refuse_other_columns(_columns(cursor), reader.manifest.columns)
            cursor.execute(MEMORY)
            keys, indexes = _set_aside(cursor)
            for table in reader.manifest.columns:
                if table != VERSIONS:
                    _fill(cursor, reader, table)
            for definition in (*(index for _, index in indexes), *keys):
                cursor.execute(definition)
            _set_sequences(cursor)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def check_member(reader: Reader) -> None:
    """Count the rows of every table in a backup; raises BrokenBackupError."""
    for table, rows in reader.manifest.rows.items():
        found = sum(part.count(b"\n") for part in reader.parts(member_of(table)))
        if found != rows:
            raise BrokenBackupError(f"{table} has {found} rows, and should have {rows}.")


def _fill(cursor: Any, reader: Reader, table: str) -> None:
    name = sql.Identifier(table)
    cursor.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(name))
    cursor.execute(sql.SQL("DELETE FROM {}").format(name))
    with cursor.copy(_writing(table, reader.manifest.columns[table])) as copy:
        for part in reader.parts(member_of(table)):
            copy.write(part)
    if cursor.rowcount != reader.manifest.rows[table]:
        raise BrokenBackupError(f"{table} should have {reader.manifest.rows[table]} rows, and got {cursor.rowcount}.")
    cursor.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(name))


def _set_sequences(cursor: Any) -> None:
    """Let numbers go on after the highest that is there."""
    cursor.execute(SEQUENCES)
    for table, column, sequence in cursor.fetchall():
        names = (sql.Literal(sequence), sql.Identifier(column), sql.Identifier(table))
        cursor.execute(sql.SQL("SELECT setval({}, COALESCE(max({}), 0) + 1, false) FROM {}").format(*names))


def _set_aside(cursor: Any) -> tuple[list[str], list[tuple[str, str]]]:
    """Drop foreign keys and plain indexes; return the statements that make them again."""
    cursor.execute(KEYS)
    found = cursor.fetchall()
    for table, name, _ in found:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    keys = [f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}" for table, name, definition in found]
    cursor.execute(INDEXES)
    indexes = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(f"DROP INDEX {name}")
    return keys, indexes


def _columns(cursor: Any) -> dict[str, list[str]]:
    cursor.execute(TABLES)
    found: dict[str, list[str]] = {table: [] for (table,) in cursor.fetchall()}
    cursor.execute(COLUMNS)
    for table, column in cursor.fetchall():
        if table in found:
            found[table].append(column)
    return found


def _refuse_other_columns(here: dict[str, list[str]], there: dict[str, list[str]]) -> None:
    if {table: sorted(names) for table, names in here.items()} != {
        table: sorted(names) for table, names in there.items()
    }:
        raise BrokenBackupError("The tables of this backup are not those of its revision.")


def _reading(table: str, columns: Sequence[str]) -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(names, sql.Identifier(table))


def _writing(table: str, columns: Sequence[str]) -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
