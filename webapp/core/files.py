"""Files that are whole or not there: written beside their place, then moved; and what reading a broken zip raises."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

# Whatever a zip file claims: the module of the standard library raises all of these on files that lie.
BROKEN_ZIP: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)

NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
WORDS_NO_ROOM: Final = "There was no room left for the file where Milepost runs. Nothing was kept; try again later."


def no_room(error: BaseException | None) -> bool:
    """Return whether a disk was full, or as full as it may be."""
    return isinstance(error, OSError) and error.errno in NO_ROOM


@contextmanager
def written_whole(folder: Path, name: str) -> Iterator[Path]:
    """Give a place to write to; what is there at the end of the block appears as `folder/name`, all of it on the disk.

    After an error nothing is left behind. Others who write the same name meanwhile do not meet.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix="unfinished-", dir=folder, ignore_cleanup_errors=True) as made:
        unfinished = Path(made) / name
        yield unfinished
        flush_to_disk(unfinished)
        unfinished.replace(folder / name)
        flush_to_disk(folder)


def flush_to_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, would survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_strays(folder: Path, known: set[str], before: float) -> int:
    """Remove what is not known and nobody has written to since `before` (seconds since 1970); return how many."""
    strays = [entry for entry in folder.glob("*") if entry.name not in known and entry.stat().st_mtime < before]
    for entry in strays:
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
    return len(strays)
