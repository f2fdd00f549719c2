"""SQLite into a backup and out of it, by its own backup interface: one moment, while others write."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from webapp.compliance.backup.archive import BrokenBackupError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from webapp.compliance.backup.archive import Manifest, Reader, Writer

MEMBER: Final = "database.sqlite3"
WAIT_SECONDS: Final = 60.0


def dump(engine: Engine, beside: Path, writer: Writer, manifest: Manifest) -> None:
    """Add the database as it is at one moment; it is copied into the folder `beside` first, so that no writer waits."""
    with tempfile.TemporaryDirectory(prefix=".milepost-backup-", dir=beside) as folder:
        copy = Path(folder) / MEMBER
        with closing(_open(_path_of(engine))) as source, closing(_open(copy)) as target:
            source.backup(target)  # all pages in one step: in steps it would begin again whenever somebody writes
            target.execute("PRAGMA journal_mode=DELETE")
        manifest.revision, manifest.rows = _look(copy)
        writer.file(MEMBER, copy)


def load(engine: Engine, reader: Reader, beside: Path) -> None:
    """Put the database of a backup in the place of what is there, in one transaction, whoever has it open."""
    with tempfile.TemporaryDirectory(prefix=".milepost-restore-", dir=beside) as folder:
        copy = Path(folder) / MEMBER
        reader.save(MEMBER, copy)
        check(copy, reader.manifest)
        engine.dispose()
        with closing(_open(copy)) as source, closing(_open(_path_of(engine))) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode=WAL")
    engine.dispose()


def check_member(reader: Reader, beside: Path) -> None:
    """Unpack the database of a backup and look whether it is sound; raises BrokenBackupError."""
    with tempfile.TemporaryDirectory(prefix=".milepost-verify-", dir=beside) as folder:
        copy = Path(folder) / MEMBER
        reader.save(MEMBER, copy)
        check(copy, reader.manifest)


def check(path: Path, manifest: Manifest) -> None:
    """Raise BrokenBackupError unless the database is sound and holds what the manifest says."""
    with closing(_open(path)) as database:
        sound = database.execute("PRAGMA integrity_check(1)").fetchone()[0]
        dangling = database.execute("PRAGMA foreign_key_check").fetchone()
    if sound != "ok" or dangling is not None:
        raise BrokenBackupError(f"The database in it is damaged: {sound if sound != 'ok' else dangling}.")
    revision, rows = _look(path)
    if (revision, rows) != (manifest.revision, manifest.rows):
        raise BrokenBackupError("The database in it does not hold what its manifest says.")


def _look(path: Path) -> tuple[str, dict[str, int]]:
    """Return the revision of a database and the number of rows of each table."""
    with closing(_open(path)) as database:
        tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        names = [row[0] for row in database.execute(tables)]
        rows = {name: int(database.execute(_counting(name)).fetchone()[0]) for name in names}
        revision = database.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    return revision, rows


def _counting(table: str) -> str:
    name = table.replace('"', '""')
    return f'SELECT count(*) FROM "{name}"'  # nosec B608 # noqa: S608 - a name from the database's own catalogue


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)


def _path_of(engine: Engine) -> Path:
    assert engine.url.database  # noqa: S101 - an installation's database is a file
    return Path(engine.url.database)
