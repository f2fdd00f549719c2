"""The file of a backup: a zip of members with checksums, and a manifest that names them all.

It appears under its name only when it is whole and on the disk.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import IO, TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
AT_ONCE: Final = 1 << 20
FAST: Final = 1


class BrokenBackupError(Exception):
    """The file is no backup of ours, or not as it was written; the message says what is wrong with it."""


@dataclass(slots=True)
class Manifest:
    """What a backup holds: which database at which revision, rows and columns by table, size and SHA-256 by member."""

    kind: str
    made_at: str
    revision: str
    rows: dict[str, int] = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)
    members: dict[str, list[Any]] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def row_count(self) -> int:
        """Return the number of rows of all tables."""
        return sum(self.rows.values())


class Writer:
    """Adds members to a backup, and notes the size and checksum of each."""

    def __init__(self, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        self._archive, self._manifest = archive, manifest

    @contextmanager
    def member(self, name: str) -> Iterator[Callable[[bytes | memoryview], object]]:
        """Give a function that adds to a new member of this name."""
        digest, size = hashlib.sha256(), 0
        with self._archive.open(name, "w", force_zip64=True) as file:

            def write(data: bytes | memoryview) -> None:
                nonlocal size
                file.write(data)
                digest.update(data)
                size += len(data)

            yield write
        self._manifest.members[name] = [size, digest.hexdigest()]

    def file(self, name: str, path: Path) -> None:
        """Add a file of the disk."""
        with path.open("rb") as source, self.member(name) as write:
            for part in _parts(source):
                write(part)


@contextmanager
def writing(path: Path, manifest: Manifest) -> Iterator[Writer]:
    """Give a writer for a new backup at `path`; after an error nothing is there."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        descriptor = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w+b") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=FAST) as archive:
                yield Writer(archive, manifest)
                archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1))
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        _flush_folder(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)


class Reader:
    """Reads a backup whose manifest could be read."""

    def __init__(self, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        self._archive = archive
        self.manifest = manifest

    def parts(self, name: str) -> Iterator[bytes]:
        """Yield a member piece by piece; raises BrokenBackupError where it is not as it was written."""
        size, digest = self.manifest.members[name]
        seen, found = 0, hashlib.sha256()
        try:
            with self._archive.open(name) as source:
                for part in _parts(source):
                    seen += len(part)
                    found.update(part)
                    yield part
        except (zipfile.BadZipFile, KeyError, OSError, EOFError) as error:
            raise BrokenBackupError(f"{name} cannot be read: {error}") from error
        if (seen, found.hexdigest()) != (size, digest):
            raise BrokenBackupError(f"{name} is not as it was written.")

    def check(self) -> None:
        """Read every member against its checksum; raises BrokenBackupError."""
        for name in self.manifest.members:
            for _ in self.parts(name):
                pass

    def save(self, name: str, path: Path) -> None:
        """Write a member to the disk, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished = path.with_name(f".{path.name}.restoring")
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            for part in self.parts(name):
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)


@contextmanager
def reading(path: Path) -> Iterator[Reader]:
    """Open a backup; raises BrokenBackupError for anything else."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield Reader(archive, _manifest(archive))
    except zipfile.BadZipFile as error:
        raise BrokenBackupError(f"{path.name} is not a backup, or was cut off.") from error


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    try:
        said = json.loads(archive.read(MANIFEST))
        manifest = Manifest(**said)
    except (KeyError, ValueError, TypeError) as error:
        raise BrokenBackupError("This file has no manifest of a backup.") from error
    if manifest.format != FORMAT:
        raise BrokenBackupError(f"This backup has the format {manifest.format}; this Milepost reads {FORMAT}.")
    return manifest


def _parts(source: IO[bytes]) -> Iterator[bytes]:
    while part := source.read(AT_ONCE):
        yield part


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
