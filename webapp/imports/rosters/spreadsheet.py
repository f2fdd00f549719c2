"""Reading a spreadsheet of a stranger's in a process of its own, which is short of time and memory.

`python -m webapp.imports.rosters.spreadsheet BOOK CSV` writes the first sheet as CSV; what goes wrong ends it with a
sentence. The library keeps all texts of a book in memory, so the bound has to be the process's.
"""

from __future__ import annotations

import csv
import os
import resource
import subprocess
import sys
import warnings
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from openpyxl import load_workbook

from webapp.imports.rosters.findings import UnreadableRosterError

MOST_BYTES: Final = 150_000_000
MEMORY_BYTES: Final = 700 * 1024 * 1024
CPU_SECONDS: Final = 60
# A book keeps a text once, however many cells have it; the sheet that is made of it does not.
LONGEST_TEXT: Final = 4_001
PATIENCE_SECONDS: Final = 180
ROOT: Final = Path(__file__).resolve().parents[3]
BROKEN = "This is not a spreadsheet that can be read. Save it as .xlsx or CSV and try again."


def as_csv(book: Path, to: Path) -> None:
    """Write the first sheet of the book as CSV; raise UnreadableRosterError where that cannot be done."""
    command = [sys.executable, "-m", "webapp.imports.rosters.spreadsheet", str(book), str(to)]
    try:
        done = subprocess.run(
            command, capture_output=True, cwd=ROOT, env=_environment(), timeout=PATIENCE_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise UnreadableRosterError(BROKEN) from None
    if done.returncode != 0:
        raise UnreadableRosterError(BROKEN)


def _environment() -> dict[str, str]:
    """Return only what Python needs to start: none of our secrets."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)[:LONGEST_TEXT]


def _convert(book: str, to: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_BYTES, MOST_BYTES))
    warnings.simplefilter("ignore")
    sheet = load_workbook(book, read_only=True, data_only=True, keep_links=False).worksheets[0]
    with Path(to).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        width = 0
        for row in sheet.iter_rows(values_only=True):
            cells = [_text(value) for value in row]
            if not width:
                while cells and not cells[-1]:
                    cells.pop()
                width = len(cells)
            writer.writerow([*cells, *[""] * width][: max(width, len(_trimmed(cells)))])


def _trimmed(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells


if __name__ == "__main__":
    _convert(*sys.argv[1:3])
