"""Zip files: read within limits whatever they claim, and written so that the same content gives the same bytes."""

from __future__ import annotations

import io
import stat
import zipfile
from typing import TYPE_CHECKING, Final

from webapp.core.files import BROKEN_ZIP

if TYPE_CHECKING:
    from collections.abc import Iterable

MAXIMUM_BYTES: Final = 20_000_000
MAXIMUM_FILES: Final = 2_000
MAXIMUM_UNPACKED: Final = 100_000_000
MAXIMUM_FILE: Final = 10_000_000
LONGEST_NAME: Final = 200
_SINCE: Final = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip file can tell
_UTF8_NAMES: Final = 0x800
_ENCRYPTED: Final = 0x1
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_LEFT_OUT: Final = frozenset({"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"})
_BLOCK: Final = 1 << 16


class UnreadableArchiveError(ValueError):
    """The file is no archive that can be taken; the message says why, in words for its author."""


def read(given: bytes) -> dict[str, bytes]:
    """Return the files of an archive by their names, `/` between folders.

    A folder that holds everything is left away, as are folders themselves and what file managers leave behind. Raises
    UnreadableArchiveError, before more is unpacked than the limits allow.
    """
    if len(given) > MAXIMUM_BYTES:
        raise UnreadableArchiveError(f"The archive is larger than {MAXIMUM_BYTES // 1_000_000} MB.")
    try:
        with zipfile.ZipFile(io.BytesIO(given)) as archive:
            return _without_common_folder(_unpacked(archive, _wanted(archive.infolist())))
    except UnreadableArchiveError:
        raise
    except BROKEN_ZIP as error:
        raise UnreadableArchiveError("This is no zip file that can be read.") from error


def written(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Return an archive of the files, in their order."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name, _SINCE)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _wanted(entries: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    if len(entries) > MAXIMUM_FILES:
        raise UnreadableArchiveError(f"The archive holds more than {MAXIMUM_FILES:,} files.")
    wanted = [entry for entry in entries if not entry.is_dir() and not _is_left_out(entry.filename)]
    names: set[str] = set()
    for entry in wanted:
        _judge(entry)
        if entry.filename.casefold() in names:
            raise UnreadableArchiveError(f"“{entry.filename}” is in the archive twice.")
        names.add(entry.filename.casefold())
    return wanted


def _is_left_out(name: str) -> bool:
    return not _LEFT_OUT.isdisjoint(name.split("/"))


def _judge(entry: zipfile.ZipInfo) -> None:
    name, shown = entry.filename, ascii(entry.orig_filename[:LONGEST_NAME])[1:-1]
    parts = name.split("/")
    if len(name) > LONGEST_NAME or "\\" in entry.orig_filename or ":" in name or not name.isprintable():
        raise UnreadableArchiveError(f"The archive names a file that cannot be: {shown}.")
    if not all(parts) or {".", ".."} & set(parts):
        raise UnreadableArchiveError(f"The archive names a file outside of it: {shown}.")
    if not name.isascii() and not entry.flag_bits & _UTF8_NAMES:
        raise UnreadableArchiveError(f"The archive does not say how its names are encoded: {shown}.")
    if entry.flag_bits & _ENCRYPTED:
        raise UnreadableArchiveError("The archive is encrypted.")
    if entry.compress_type not in _METHODS or stat.S_ISLNK(entry.external_attr >> 16):
        raise UnreadableArchiveError(f"“{shown}” is packed in a way that is not taken here.")


def _unpacked(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    left = MAXIMUM_UNPACKED
    for entry in entries:
        content = _content(archive, entry, min(left, MAXIMUM_FILE))
        left -= len(content)
        files[entry.filename] = content
    return files


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    """Read block by block: what an entry says of its own size is only what it says."""
    found = bytearray()
    with archive.open(entry) as file:
        while block := file.read(_BLOCK):
            found += block
            if len(found) > most:
                raise UnreadableArchiveError(f"“{entry.filename}” unpacks to more than is taken here.")
    return bytes(found)


def _without_common_folder(files: dict[str, bytes]) -> dict[str, bytes]:
    folders = {name.split("/", 1)[0] if "/" in name else "" for name in files}
    if len(folders) != 1 or "" in folders or folders <= {"lessons", "quizzes"}:
        return files
    return {name.split("/", 1)[1]: content for name, content in files.items()}
