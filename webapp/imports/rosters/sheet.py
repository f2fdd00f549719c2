"""One sheet with a person, and perhaps a class of theirs, in each row; people say which column is what."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from webapp.core.text import folded
from webapp.imports.rosters import archive, spreadsheet
from webapp.imports.rosters.cells import CellError, Cells
from webapp.imports.rosters.findings import Found, Notes
from webapp.imports.rosters.models import LONGEST_KEY, Kind
from webapp.imports.rosters.tables import Line, Table, delimiter_of, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# What a column can be, and the headings by which it is recognised.
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "email": ("email", "e-mail", "email address", "mail", "e-mail address"),
    "first_name": ("first name", "first_name", "given name", "givenname", "forename"),
    "last_name": ("last name", "last_name", "family name", "familyname", "surname"),
    "role": ("role", "type", "user type"),
    "key": ("id", "student id", "person id", "sourcedid", "number", "user id"),
    "class": ("class", "class name", "group", "course", "section"),
    "begins_on": ("begins", "begins on", "start date", "from"),
    "ends_on": ("ends", "ends on", "end date", "until"),
}
SHOWN_ROWS: Final = 5
XLSX_MAGIC: Final = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Glance:
    """The heading of a sheet, its first rows, and what each column seems to be."""

    columns: list[str]
    rows: list[list[str]]
    guess: dict[str, str]


def glance(path: Path, title: str) -> Glance:
    """Return what people need to see to say which column is what."""
    with _table(path, title) as found:
        lines = [line for line in islice(found.rows(), SHOWN_ROWS) if not line.reason]
        columns = [column for column in found.columns if column]
        rows = [[line.cells[column.casefold()][:60] for column in columns] for line in lines]
    return Glance(columns, rows, _guessed(columns))


def read(path: Path, title: str, mapping: Mapping[str, str], notes: Notes) -> Iterator[Found]:
    """Yield the rows of a sheet; `mapping` gives each of FIELDS that is used its column."""
    with _table(path, title) as found:
        found.need(list(mapping.values()))
        for column in found.unknown(list(mapping.values())):
            notes.say(f"The column {column[:60]} was kept out: nothing was said of it.")
        seen: set[str] = set()
        for line in found.rows():
            yield from _read(line, _Named(line, mapping), found.name, seen)


class _Named(Cells):
    """The cells of a row by our names; refusals name the sheet's own columns."""

    def __init__(self, line: Line, mapping: Mapping[str, str]) -> None:
        super().__init__({field: line.cells.get(column.casefold(), "") for field, column in mapping.items()})
        self.column = dict(mapping)


def _read(line: Line, cells: _Named, file: str, seen: set[str]) -> Iterator[Found]:
    if line.reason:
        yield Found(file, line.number, Kind.PERSON, "", field=line.field or None, reason=line.reason)
        return
    try:
        person = _person(line, cells, file)
        rows = [row for row in (person, *_class(line, cells, file, person)) if _is_new(row, seen)]
    except CellError as error:
        key = cells.text("key") or cells.text("email").casefold()
        field = cells.column.get(error.field, error.field)
        yield Found(file, line.number, Kind.PERSON, key[:LONGEST_KEY], field=field, reason=error.reason)
        return
    yield from rows


def _is_new(row: Found, seen: set[str]) -> bool:
    """Tell whether the row says something new: a sheet repeats a person for each class, and a class for each person."""
    mark = f"{row.kind.value} {row.key}"
    if row.kind is Kind.PERSON:
        mark = f"{mark} {row.email} {row.first_name} {row.last_name} {row.role}"
    known = mark in seen
    seen.add(mark)
    return not known


def _person(line: Line, cells: Cells, file: str) -> Found:
    email = cells.email("email")
    if email is None:
        raise CellError("email", "This is needed.")
    key = cells.key("key") if cells.text("key") else email
    found = Found(file, line.number, Kind.PERSON, key, email=email, ready=True)
    found.first_name, found.last_name = cells.name("first_name"), cells.name("last_name")
    found.role = cells.role("role") if cells.text("role") else "student"
    return found


def _class(line: Line, cells: Cells, file: str, person: Found) -> Iterator[Found]:
    name = cells.name("class")
    if not name:
        return
    begins, ends = cells.days("begins_on", "ends_on")
    key = folded(name)[:LONGEST_KEY]
    yield Found(file, line.number, Kind.CLASS, key, name=name)
    kind = Kind.STUDENT if person.role == "student" else Kind.TEACHER
    pair = hashlib.sha256(f"{person.key}\n{key}".encode()).hexdigest()
    member = Found(file, line.number, kind, pair, class_key=key, person_key=person.key)
    member.begins_on, member.ends_on = (begins, ends) if kind is Kind.STUDENT else (None, None)
    yield member


def _guessed(columns: list[str]) -> dict[str, str]:
    named = {column.casefold().strip(): column for column in columns}
    found = {field: next((named[name] for name in names if name in named), "") for field, names in FIELDS.items()}
    return {field: column for field, column in found.items() if column}


@contextmanager
def _table(path: Path, title: str) -> Iterator[Table]:
    """Open the sheet, which may be CSV or a spreadsheet; what it is stands in its first bytes, not in its name."""
    with path.open("rb") as file:
        begins = file.read(len(XLSX_MAGIC))
    with TemporaryDirectory(prefix="milepost-sheet-") as folder:
        plain = path
        if begins == XLSX_MAGIC:
            plain = Path(folder) / "sheet.csv"
            with archive.opened(path, spreadsheet.MOST_BYTES):
                spreadsheet.as_csv(path, plain)
        with plain.open("rb") as stream, table(stream, title, delimiter_of(stream)) as found:
            yield found


def is_roster_zip(path: Path) -> bool:
    """Tell a OneRoster zip from a spreadsheet, which is a zip as well."""
    with path.open("rb") as file:
        if file.read(2) != XLSX_MAGIC[:2]:
            return False
    with archive.opened(path) as zipped:
        return "[Content_Types].xml" not in zipped.namelist()
