"""Reading a CSV file of a stranger's, row by row, in bounded memory; a row that cannot be read says why."""

from __future__ import annotations

import csv
import io
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

from webapp.core.inputs import UNSTORABLE
from webapp.core.tables import restored
from webapp.imports.rosters.findings import UnreadableRosterError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

LONGEST_LINE: Final = 64 * 1024
LONGEST_CELL: Final = 4_000
MOST_COLUMNS: Final = 500
MOST_ROWS: Final = 3_000_000
MOST_UNREADABLE: Final = 1_000
# The first of these wins where none stands in the heading.
DELIMITERS: Final = (",", ";", "\t")
QUOTED: Final = re.compile(r'"[^"]*"')
NOT_TEXT = "{name} is not text in UTF-8. Save it as “CSV UTF-8” and try again."


@dataclass(frozen=True, slots=True)
class Line:
    """A row by its columns' names in small letters; or, where `reason` is set, why it cannot be read."""

    number: int
    cells: Mapping[str, str]
    field: str = ""
    reason: str = ""


@contextmanager
def table(stream: IO[bytes], name: str, delimiter: str = ",") -> Iterator[Table]:
    """Read a stream as a table, and leave the stream open afterwards."""
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        yield Table(text, name, delimiter)
    finally:
        text.detach()


def delimiter_of(stream: IO[bytes]) -> str:
    """Return what stands between the cells of a sheet, by its heading: spreadsheets of many countries write semicolons.

    What stands in quotes does not count. The stream is wound back.
    """
    heading = QUOTED.sub("", stream.readline(LONGEST_LINE).decode("utf-8-sig", "replace"))
    stream.seek(0)
    return max(DELIMITERS, key=heading.count)


class Table:
    """A CSV file with a heading; `unknown` are the columns that nobody asked for."""

    def __init__(self, text: io.TextIOWrapper, name: str, delimiter: str = ",") -> None:
        """Read the heading; raise UnreadableRosterError where there is none."""
        self.name = name
        self._reader = csv.reader(self._lines(text), delimiter=delimiter, strict=True)
        try:
            heading = next(self._reader, [])
        except csv.Error as error:
            raise UnreadableRosterError(f"The heading of {name} cannot be read: {error}.") from error
        self.columns = [cell.strip() for cell in heading]
        self._names = [column.casefold() for column in self.columns]
        self._check_heading()

    def need(self, columns: Collection[str]) -> None:
        """Raise UnreadableRosterError unless all of these columns are there."""
        missing = [column for column in columns if column.casefold() not in self._names]
        if missing:
            raise UnreadableRosterError(f"{self.name} has no column {', '.join(missing)}.")

    def unknown(self, known: Collection[str]) -> list[str]:
        """Return the columns that are not among these."""
        names = {column.casefold() for column in known}
        return [column for column in self.columns if column and column.casefold() not in names]

    def rows(self) -> Iterator[Line]:
        """Yield the rows that hold anything."""
        unreadable = number = 0
        while True:
            begins = self._reader.line_num + 1
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                unreadable += 1
                if unreadable > MOST_UNREADABLE:
                    raise UnreadableRosterError(
                        f"{self.name} is no CSV file: too much of it cannot be read."
                    ) from error
                yield Line(begins, {}, "", f"This row cannot be read: {error}.")
                continue
            number += 1
            if number > MOST_ROWS:
                raise UnreadableRosterError(f"{self.name} has more than {MOST_ROWS:,} rows.")
            if any(cells):
                yield self._line(begins, cells)

    def _line(self, number: int, cells: list[str]) -> Line:
        if len(cells) != len(self._names):
            return Line(number, {}, "", f"This row has {len(cells)} cells where the heading has {len(self._names)}.")
        row = {name: restored(cell.strip()) for name, cell in zip(self._names, cells, strict=True)}
        for name, cell in row.items():
            if len(cell) > LONGEST_CELL:
                return Line(number, row, self._shown(name), "This is too long.")
        if UNSTORABLE.search("".join(cells)):
            name = next(name for name, cell in row.items() if UNSTORABLE.search(cell))
            sound = {key: "" if UNSTORABLE.search(cell) else cell for key, cell in row.items()}
            return Line(number, sound, self._shown(name), "This holds characters that are not text in UTF-8.")
        return Line(number, row)

    def _shown(self, name: str) -> str:
        return self.columns[self._names.index(name)]

    def _lines(self, text: io.TextIOWrapper) -> Iterator[str]:
        while line := text.readline(LONGEST_LINE + 1):
            if len(line) > LONGEST_LINE:
                raise UnreadableRosterError(f"{self.name} has a line of more than {LONGEST_LINE:,} characters.")
            yield line

    def _check_heading(self) -> None:
        if not any(self.columns):
            raise UnreadableRosterError(f"{self.name} is empty.")
        if len(self.columns) > MOST_COLUMNS:
            raise UnreadableRosterError(f"{self.name} has more than {MOST_COLUMNS} columns.")
        if UNSTORABLE.search("".join(self.columns)):
            raise UnreadableRosterError(NOT_TEXT.format(name=self.name))
        named = [name for name in self._names if name]
        twice = sorted({name for name in named if named.count(name) > 1})
        if twice:
            raise UnreadableRosterError(f"{self.name} has two columns {', '.join(twice)}.")
