"""A person's own data in one zip: JSON and CSV of every table that the classification gives them, and a README."""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import func, select

from webapp.accounts.models import User
from webapp.compliance.rows import rows_of, tables_with_people
from webapp.core.tables import Column, csv_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Table
    from sqlalchemy.orm import Session

    from webapp.compliance.classification import Owner, TableRule

AT_ONCE: Final = 1_000
INTRODUCTION: Final = """\
Your data in Milepost, as of {moment:%Y-%m-%d %H:%M} UTC.

Each table comes twice: as JSON, exactly as it is kept, and as CSV for a spreadsheet. Instants are in UTC. Secrets are
not in here: of passwords, tokens and links Milepost keeps fingerprints only. Tables that hold nothing about you are
left out. What was read about you by staff of your school stands on your privacy page.

"""


@dataclass(frozen=True)
class Part:
    """One table of the export."""

    table: Table
    rule: TableRule
    owner: Owner
    rows: int

    @property
    def columns(self) -> list[str]:
        """Return the names of the columns that the person gets."""
        return [name for name in self.table.columns.keys() if self.rule.columns[name].exported]  # noqa: SIM118


def write_zip(session: Session, user_id: UUID, path: Path, now: datetime, tell: Callable[[int], None]) -> int:
    """Write the export to `path`, whole or not at all; return its size. `tell` hears how far it is, in percent.

    The session should be a snapshot. Raises LookupError when there is no such person.
    """
    person = session.get(User, user_id)
    if person is None:
        raise LookupError
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix="unfinished-", dir=path.parent, ignore_cleanup_errors=True) as made:
        unfinished = Path(made) / path.name
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            _fill(archive, session, person, now, tell)
        descriptor = os.open(unfinished, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        size = unfinished.stat().st_size
        unfinished.replace(path)
    return size


def parts_of(session: Session, user_id: UUID, email: str) -> list[Part]:
    """Return the tables that hold something about the person which they may take with them, with numbers of rows."""
    found = []
    for table, rule, owner in tables_with_people():
        if any(rule.columns[name].exported for name in table.columns.keys() if name in rule.columns):  # noqa: SIM118
            mine = select(func.count()).select_from(table).where(rows_of(table, owner, user_id, email))
            found.append(Part(table, rule, owner, session.scalar(mine) or 0))
    return [part for part in found if part.rows]


def _fill(archive: zipfile.ZipFile, session: Session, person: User, now: datetime, tell: Callable[[int], None]) -> None:
    parts = parts_of(session, person.id, person.email)
    archive.writestr("README.txt", _readme(parts, now))
    for number, part in enumerate(parts):
        with archive.open(f"json/{part.table.name}.json", "w", force_zip64=True) as file:
            file.writelines(_json_lines(_rows(session, part, person)))
        columns: list[Column[Any]] = [Column(name, name, _reader(name)) for name in part.columns]
        with archive.open(f"csv/{part.table.name}.csv", "w", force_zip64=True) as file:
            file.writelines(csv_lines(columns, _rows(session, part, person)))
        tell(99 * (number + 1) // len(parts))


def _reader(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda row: row[name]


def _rows(session: Session, part: Part, person: User) -> Iterator[dict[str, Any]]:
    wanted = [part.table.c[name] for name in part.columns]
    mine = select(*wanted).where(rows_of(part.table, part.owner, person.id, person.email))
    mine = mine.order_by(*part.table.primary_key.columns).execution_options(yield_per=AT_ONCE)
    for row in session.execute(mine):
        yield {name: _plain(value) for name, value in zip(part.columns, row, strict=True)}


def _json_lines(rows: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    before = b"[\n  "
    for row in rows:
        yield before + json.dumps(row, ensure_ascii=False).encode()
        before = b",\n  "
    yield b"\n]\n"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (UUID, date)):
        return str(value)
    return value.hex() if isinstance(value, bytes) else value


def _readme(parts: list[Part], now: datetime) -> str:
    lines = [INTRODUCTION.format(moment=now)]
    for part in parts:
        lines.append(f"{part.table.name}: {part.rows} rows\n  Why: {part.rule.why}. Kept: {part.rule.kept}.\n")
        lines += [f"  {name}: {part.rule.columns[name].what}\n" for name in part.columns]
        lines.append("\n")
    return "".join(lines)
