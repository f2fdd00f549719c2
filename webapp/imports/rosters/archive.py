"""Opening a stranger's zip file: what is hostile in its directory is refused before any of it is unpacked."""

from __future__ import annotations

import stat
import zipfile
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Final

from webapp.core.files import BROKEN_ZIP
from webapp.imports.rosters.findings import UnreadableRosterError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_FILES: Final = 100
MOST_BYTES: Final = 600_000_000
MOST_DIRECTORY_BYTES: Final = 64 * 1024
HIGHEST_RATIO: Final = 200
SMALL_BYTES: Final = 1_000_000
_TAIL: Final = 66 * 1024
_END, _END_BYTES, _LOCATOR = b"PK\x05\x06", 22, b"PK\x06\x07"
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED: Final = 0x1

NOT_A_ZIP = "This is not a zip file that can be read."
TOO_MUCH = "The zip file unpacks to more than a roster can be. Nothing of it was read."
OUTSIDE = "The zip file names files outside of itself. Nothing of it was read."


@contextmanager
def opened(path: Path, most_bytes: int = MOST_BYTES) -> Iterator[zipfile.ZipFile]:
    """Open a zip whose directory is sound; raise UnreadableRosterError with a sentence for its owner.

    No entry gives more bytes than the directory says, so its sums bound all that follows.
    """
    _check_end(path)
    try:
        archive = zipfile.ZipFile(path)
    except BROKEN_ZIP as error:
        raise UnreadableRosterError(NOT_A_ZIP) from error
    with archive:
        _check_entries(archive.infolist(), most_bytes)
        yield archive


@contextmanager
def entry(archive: zipfile.ZipFile, name: str) -> Iterator[IO[bytes]]:
    """Open one file of the zip; what turns out to be broken further on is refused in words as well."""
    try:
        with archive.open(name) as stream:
            yield stream
    except BROKEN_ZIP as error:
        raise UnreadableRosterError(f"{name} cannot be unpacked: the zip file is damaged.") from error


def _check_end(path: Path) -> None:
    """Refuse a directory that takes long to list, before a library lists it."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _TAIL))
        tail = file.read()
    place = tail.rfind(_END)
    if place < 0 or place != tail.find(_END) or len(tail) - place < _END_BYTES:
        raise UnreadableRosterError(NOT_A_ZIP)
    entries = int.from_bytes(tail[place + 10 : place + 12], "little")
    directory = int.from_bytes(tail[place + 12 : place + 16], "little")
    if entries > MOST_FILES or directory > MOST_DIRECTORY_BYTES or _LOCATOR in tail:
        raise UnreadableRosterError(f"The zip file holds more than {MOST_FILES} files. A roster has fewer than 20.")


def _check_entries(entries: list[zipfile.ZipInfo], most_bytes: int) -> None:
    names = [entry.filename for entry in entries]
    if any(_leads_outside(entry) for entry in entries):
        raise UnreadableRosterError(OUTSIDE)
    if len({name.casefold() for name in names}) < len(names):
        raise UnreadableRosterError("The zip file holds two files of the same name.")
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise UnreadableRosterError("The zip file is encrypted. Make one without a password.")
    if any(entry.compress_type not in _METHODS for entry in entries):
        raise UnreadableRosterError("The zip file is packed in a way that is not known here. Use an ordinary zip.")
    if sum(entry.file_size for entry in entries) > most_bytes or any(map(_is_bomb, entries)):
        raise UnreadableRosterError(TOO_MUCH)


def _leads_outside(entry: zipfile.ZipInfo) -> bool:
    name = entry.filename
    is_link = stat.S_ISLNK(entry.external_attr >> 16)
    return is_link or name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/")


def _is_bomb(entry: zipfile.ZipInfo) -> bool:
    return entry.file_size > SMALL_BYTES and entry.file_size > HIGHEST_RATIO * max(entry.compress_size, 1)
