"""Roster files on disk, from their upload until they have been carried out."""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING, Final

from webapp.core.secrets import new_secret

if TYPE_CHECKING:
    from pathlib import Path

PIECE: Final = 1024 * 1024


def keep(place: Path, stream: IO[bytes]) -> str:
    """Write what was sent to a file of its own in the folder, whole or not at all, and return its name."""
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = new_secret()
    unfinished = place / f"{name}.part"
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            while piece := stream.read(PIECE):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(place / name)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    return name


def clean(place: Path, names: list[str], known: set[str], before: float) -> None:
    """Remove these files, and any that no import knows and nobody has written to since `before`."""
    for name in names:
        (place / name).unlink(missing_ok=True)
    for entry in place.glob("*"):
        if entry.is_file() and entry.name not in known and entry.stat().st_mtime < before:
            entry.unlink(missing_ok=True)
