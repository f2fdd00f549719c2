"""Making a backup, looking whether it is good, and coming back from it."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, insert, inspect, select, update

from webapp.accounts.models import User
from webapp.compliance.backup import archive, postgres, sqlite
from webapp.compliance.backup.archive import BrokenBackupError, Manifest
from webapp.compliance.models import BackupRecord, Tombstone
from webapp.compliance.service import tombstones
from webapp.core import clock
from webapp.core.errors import ConflictError
from webapp.db.base import new_id, table_of
from webapp.db.lists import POSTGRESQL
from webapp.db.schema import is_known_revision

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import Engine

    from webapp.compliance.backup.archive import Reader

FILES: Final = "files"
# What belongs to this machine, is made again, or is in the database.
LEFT_OUT: Final = frozenset({"redis", "mail", "secret_key", "supervisor.lock", "backups", tombstones.FILE})
SOUND: Final = "sound"


@dataclass(frozen=True, slots=True)
class Made:
    """A backup as it was made."""

    path: Path
    rows: int
    size: int


@dataclass(frozen=True)
class Installation:
    """What is backed up and restored: the data folder, the database, and how its tables are made.

    `migrate` brings the database to a revision, or with None to the newest.
    """

    home: Path
    engine: Engine
    migrate: Callable[[str | None], None]


def make(here: Installation, path: Path) -> Made:
    """Write a backup of everything to `path`, or under a name of its own into that folder, and note that."""
    now = clock.now()
    target = path / f"milepost-{now:%Y%m%d-%H%M%S}.zip" if path.is_dir() else path
    if target.exists():
        raise ConflictError(f"{target} is there already; backups are never written over.")
    target.parent.mkdir(parents=True, exist_ok=True)
    manifest = Manifest(kind=here.engine.dialect.name, made_at=now.isoformat(), revision="")
    with archive.writing(target, manifest) as writer:
        if manifest.kind == POSTGRESQL:
            postgres.dump(here.engine, writer, manifest)
        else:
            sqlite.dump(here.engine, target.parent, writer, manifest)
        for name, found in _files(here.home, target):
            with contextlib.suppress(FileNotFoundError):  # its time came meanwhile
                writer.file(f"{FILES}/{name}", found)
    made = Made(target, manifest.row_count, target.stat().st_size)
    _note(here.engine, made, now)
    return made


def verify(here: Installation, path: Path) -> Manifest:
    """Read a backup from its first byte to its last and note that it is good; raises BrokenBackupError."""
    try:
        with archive.reading(path) as reader:
            reader.check()
            if reader.manifest.kind == POSTGRESQL:
                postgres.check_member(reader)
            else:
                sqlite.check_member(reader, path.parent)
    except BrokenBackupError as error:
        _note_test(here.engine, path.name, str(error)[:200])
        raise
    _note_test(here.engine, path.name, SOUND)
    return reader.manifest


def restore(here: Installation, path: Path, stones: Mapping[bytes, datetime]) -> dict[bytes, datetime]:
    """Put a backup in the place of what is there; return everybody who was erased since, to be erased again.

    Everything is read against its checksum before anything is touched. `stones` are further tombstones.
    """
    with archive.reading(path) as reader:
        if reader.manifest.kind != here.engine.dialect.name:
            raise BrokenBackupError(f"This is a backup of {reader.manifest.kind}, not of {here.engine.dialect.name}.")
        if not is_known_revision(reader.manifest.revision):
            raise BrokenBackupError("This backup comes from a newer Milepost: restore it with that one.")
        reader.check()
        known = {**tombstones.read_file(here.home / tombstones.FILE), **_stones_here(here.engine), **stones}
        if reader.manifest.kind == POSTGRESQL:
            postgres.wipe(here.engine)
            here.migrate(reader.manifest.revision)
            postgres.load(here.engine, reader)
        else:
            sqlite.load(here.engine, reader, here.home)
        here.migrate(None)
        _unpack_files(here.home, reader)
    if known:
        tombstones.write_down(here.home, known)
    return known


def is_empty(engine: Engine) -> bool:
    """Tell whether the database has nobody in it."""
    if not inspect(engine).has_table("users"):
        return True
    with engine.connect() as connection:
        return not connection.scalar(select(func.count()).select_from(table_of(User)))


def _files(home: Path, target: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files of the data folder that a backup holds; what is half written is not among them."""
    for folder, names, files in os.walk(home):
        places = [(name, Path(folder) / name) for name in sorted(names)]
        names[:] = [name for name, path in places if path != target.parent and not _is_left_out(home, path)]
        for name in sorted(files):
            path = Path(folder) / name
            if path.parent != target.parent and path.is_file() and not _is_left_out(home, path):
                yield path.relative_to(home).as_posix(), path


def _is_left_out(home: Path, path: Path) -> bool:
    first = path.relative_to(home).parts[0]
    return first in LEFT_OUT or first.startswith(("milepost", "redis.")) or path.name.startswith((".", "unfinished-"))


def _unpack_files(home: Path, reader: Reader) -> None:
    for name in reader.manifest.members:
        if name.startswith(f"{FILES}/"):
            relative = PurePosixPath(name).relative_to(FILES)
            if relative.is_absolute() or ".." in relative.parts:
                raise BrokenBackupError(f"{name} would lie outside the data folder.")
            reader.save(name, home / relative)


def _stones_here(engine: Engine) -> dict[bytes, datetime]:
    if not inspect(engine).has_table(Tombstone.__tablename__):
        return {}
    with engine.connect() as connection:
        return {row.subject_hash: row.erased_at for row in connection.execute(select(table_of(Tombstone)))}


def _note(engine: Engine, made: Made, now: datetime) -> None:
    row = {"id": new_id(), "made_at": now, "file_name": made.path.name[:200], "size_bytes": made.size}
    with engine.begin() as connection:
        connection.execute(insert(table_of(BackupRecord)).values(**row, row_count=made.rows))


def _note_test(engine: Engine, name: str, outcome: str) -> None:
    records = table_of(BackupRecord)
    this = update(records).where(records.c.file_name == name[:200])
    with engine.begin() as connection:
        connection.execute(this.values(tested_at=clock.now(), test_outcome=outcome))
