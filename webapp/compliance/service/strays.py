"""Files of exports that nobody may have any more."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from pathlib import Path

STRAY_SECONDS: Final = 6 * 3600


def remove(folder: Path, names: Collection[str], known: Collection[str], now: datetime) -> None:
    """Delete the named files, and what no request knows of and nobody has written to for hours."""
    for name in names:
        (folder / name).unlink(missing_ok=True)
    before = now.timestamp() - STRAY_SECONDS
    for entry in folder.glob("*"):
        if entry.name in known or entry.stat().st_mtime >= before:
            continue
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
