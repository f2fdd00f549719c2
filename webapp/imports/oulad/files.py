"""The files of the dataset: looked through once, then read again part by part, so that memory stays bounded."""

from __future__ import annotations

import csv
from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from webapp.core.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from hashlib import _Hash
    from pathlib import Path

LONGEST_LINE: Final = 2_000
_BLOCK: Final = 1 << 20


class Line(NamedTuple):
    """The wanted cells of one line, where it stands in its file, and its number from 1."""

    number: int
    start: int
    end: int
    cells: tuple[str, ...]


class Span(NamedTuple):
    """Lines that follow each other: the number of the first, and the bytes from the first to after the last."""

    number: int
    start: int
    end: int


class TableFile:
    """One CSV file, of which some columns are wanted; refuses what is no such file, naming the line."""

    def __init__(self, folder: Path, name: str, columns: Sequence[str]) -> None:
        """Read the heading; InvalidInputError where the file or a column is missing."""
        self.name, self.path, self.columns = name, folder / name, tuple(columns)
        self._parts: dict[str, list[Span]] = defaultdict(list)
        if not self.path.is_file():
            raise InvalidInputError.of(name, "This file is missing from the folder.")
        heading = next(self._read(Span(1, 0, self.path.stat().st_size), None), None)
        named = heading.cells if heading else ()
        for column in self.columns:
            if column not in named:
                raise InvalidInputError.of(name, f"The column “{column}” is missing.")
        self._places = [named.index(column) for column in self.columns]
        self._body = Span(2, heading.end if heading else 0, self.path.stat().st_size)

    def lines(self, span: Span | None = None) -> Iterator[Line]:
        """Yield lines with the cells of the wanted columns, all of them unless a span is given."""
        return self._read(span or self._body, self._places)

    def look_through(self, part_of: Callable[[Line], str]) -> None:
        """Note which lines belong to which part."""
        for line in self.lines():
            spans = self._parts[part_of(line)]
            if spans and spans[-1].end == line.start:
                spans[-1] = spans[-1]._replace(end=line.end)
            else:
                spans.append(Span(line.number, line.start, line.end))

    def lines_of(self, part: str) -> Iterator[Line]:
        """Yield the lines of a part."""
        for span in self._parts.get(part, ()):
            yield from self.lines(span)

    def digest(self, part: str, into: _Hash) -> None:
        """Add the bytes of a part to a digest."""
        with self.path.open("rb") as file:
            for span in self._parts.get(part, ()):
                file.seek(span.start)
                for size in _blocks(span.end - span.start):
                    into.update(file.read(size))

    def refuse(self, line: Line, column: str, message: str) -> InvalidInputError:
        """Return the refusal of one cell."""
        return InvalidInputError.of(f"{self.name}, line {line.number}, {column}", message)

    def _read(self, span: Span, places: list[int] | None) -> Iterator[Line]:
        source = _Source(self, span)
        reader = csv.reader(source, strict=True)
        begun = span.start
        while True:
            try:
                cells = next(reader)
                wanted = tuple(cells) if places is None else tuple([cells[place] for place in places])
            except StopIteration:
                return
            except (csv.Error, IndexError) as error:
                raise source.refuse("This is not a whole line of comma-separated values.") from error
            yield Line(source.number, begun, source.offset, wanted)
            begun = source.offset


class _Source:
    """Lines of text for the reader of CSV, one at a time; remembers how far it has come."""

    def __init__(self, table: TableFile, span: Span) -> None:
        self.table, self.number, self.offset, self._end = table, span.number - 1, span.start, span.end

    def __iter__(self) -> Iterator[str]:
        with self.table.path.open("rb") as file:
            file.seek(self.offset)
            while self.offset < self._end:
                raw = file.readline(LONGEST_LINE + 1)
                if not raw:
                    return
                self.number += 1
                self.offset += len(raw)
                yield self._text(raw)

    def _text(self, raw: bytes) -> str:
        if len(raw) > LONGEST_LINE:
            raise self.refuse(f"This line is longer than {LONGEST_LINE:,} bytes.")
        if b"\0" in raw or raw.count(b'"') % 2:
            raise self.refuse("This is not a whole line of comma-separated values.")
        try:
            return raw.decode("utf-8-sig" if self.number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise self.refuse("This is not text in UTF-8.") from error

    def refuse(self, message: str) -> InvalidInputError:
        return InvalidInputError.of(f"{self.table.name}, line {self.number}", message)


def _blocks(size: int) -> Iterator[int]:
    for start in range(0, size, _BLOCK):
        yield min(_BLOCK, size - start)
