"""Tables for people to take away: one list of columns feeds CSV and spreadsheets alike.

CSV is RFC 4180 in UTF-8 with CRLF line ends. A text cell that a spreadsheet might run as a formula gets a
leading apostrophe; ``restored`` takes exactly that apostrophe off again, so reading back one's own export
changes nothing.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from itertools import islice
from typing import Generic, TypeVar

Row = TypeVar("Row")
Cell = str | int | float | Decimal
BOM = b"\xef\xbb\xbf"
_FORMULA = re.compile(r"'*[=+\-@|%\t\r]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_ROWS_PER_CHUNK = 500


@dataclass(frozen=True)
class Column(Generic[Row]):
    """One column: its machine name, its heading, and how to read its value from a row."""

    key: str
    title: str
    value: Callable[[Row], object]


def neutralised(text: str) -> str:
    """Return the text, with an apostrophe before it where a spreadsheet might run it; numbers stay."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def restored(text: str) -> str:
    """Undo ``neutralised``."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def cell(value: object) -> Cell:
    """Return a value as a cell: numbers as numbers, all else as text that is not yet neutralised.

    None is empty, instants are UTC with a Z, mappings and lists are compact JSON.
    """
    if isinstance(value, str):
        return str(value.value) if isinstance(value, Enum) else value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, Decimal)):
        return value
    return _text(value)


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (Mapping, list, tuple)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value.value) if isinstance(value, Enum) else str(value)


def _safe(value: object) -> Cell:
    content = cell(value)
    return neutralised(content) if isinstance(content, str) else content


def csv_lines(columns: Sequence[Column[Row]], rows: Iterable[Row], *, bom: bool = True) -> Iterator[bytes]:
    """Yield a CSV file piece by piece: the heading at once, then some hundreds of rows at a time.

    Headings are the columns' keys. ``rows`` is read as the pieces are asked for, so memory stays flat.
    """
    heading = _lines([[column.key for column in columns]])
    yield BOM + heading if bom else heading
    values = [column.value for column in columns]
    source = iter(rows)
    while batch := list(islice(source, _ROWS_PER_CHUNK)):
        yield _lines([_safe(value(row)) for value in values] for row in batch)


def _lines(rows: Iterable[Sequence[Cell]]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()
