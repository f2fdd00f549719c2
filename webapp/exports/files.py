"""Export files on disk: written beside their place, then moved there whole or not at all."""

from __future__ import annotations

import contextlib
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from webapp.core.files import WORDS_NO_ROOM, no_room, written_whole
from webapp.core.tables import cell, csv_lines
from webapp.exports.models import ExportFormat

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from webapp.core.tables import Column

MOST_ROWS: Final = 1_048_575  # of a spreadsheet, below its heading
LONGEST_CELL: Final = 32_767
COLUMN_WIDTH: Final = 18
WORDS_TOO_LARGE = "This is more than a spreadsheet can hold. Choose CSV."


class UnwritableError(Exception):
    """The file cannot be made; the message says why, in words for its owner."""


def write(
    folder: Path, name: str, file_format: ExportFormat, columns: Sequence[Column[Any]], rows: Iterable[Any]
) -> int:
    """Write the rows to `folder/name` and return its size in bytes.

    The file appears under its name only when all of it is on the disk. Raises UnwritableError for what its owner
    can understand, such as a full disk; then, as after any other error, nothing is left behind.
    """
    with _in_words(), written_whole(folder, name) as unfinished:
        writer = _write_csv if file_format is ExportFormat.CSV else _write_xlsx
        writer(unfinished, columns, rows)
        return unfinished.stat().st_size


def remove(folder: Path, name: str) -> None:
    """Remove a file, if it is there."""
    (folder / name).unlink(missing_ok=True)


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except FileCreateError as error:
        cause = error.args[0] if error.args else None
        raise _worded(cause if isinstance(cause, OSError) else error) from error
    except OSError as error:
        raise _worded(error) from error


def _worded(error: Exception) -> Exception:
    return UnwritableError(WORDS_NO_ROOM) if no_room(error) else error


def _write_csv(path: Path, columns: Sequence[Column[Any]], rows: Iterable[Any]) -> None:
    with path.open("wb") as file:
        file.writelines(csv_lines(columns, rows))


def _write_xlsx(path: Path, columns: Sequence[Column[Any]], rows: Iterable[Any]) -> None:
    options = {"constant_memory": True, "tmpdir": str(path.parent), "strings_to_formulas": False}
    book = xlsxwriter.Workbook(str(path), {**options, "strings_to_urls": False, "strings_to_numbers": False})
    sheet = book.add_worksheet("Milepost")
    try:
        _fill(book, sheet, columns, rows)
        book.close()
    except BaseException:
        book.fileclosed = True
        with contextlib.suppress(OSError):
            sheet._opt_close()  # noqa: SLF001 - an unfinished book offers no other way to close its files
        raise


def _fill(book: Any, sheet: Any, columns: Sequence[Column[Any]], rows: Iterable[Any]) -> None:
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.set_column(0, len(columns) - 1, COLUMN_WIDTH)
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, [column.key for column in columns], bold)
    for number, row in enumerate(rows, 1):
        if number > MOST_ROWS:
            raise UnwritableError(WORDS_TOO_LARGE)
        for place, column in enumerate(columns):
            _put(sheet, number, place, column.value(row), day)


def _put(sheet: Any, row: int, place: int, value: object, day: Any) -> None:
    if isinstance(value, date) and not isinstance(value, datetime):
        sheet.write_datetime(row, place, datetime(value.year, value.month, value.day), day)  # noqa: DTZ001 - a date
        return
    content = cell(value)
    if not isinstance(content, str):
        sheet.write_number(row, place, content)
    elif len(content) > LONGEST_CELL:
        raise UnwritableError(WORDS_TOO_LARGE)
    elif content:
        sheet.write_string(row, place, content)
