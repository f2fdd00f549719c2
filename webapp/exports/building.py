"""Building an export: claimed in the database, written in one go, handed over in the database.

The row says who builds: the instant of the claim is the claim. Whoever finds another claim there, or none, has
been overtaken (cancelled, or given up for lost) and throws away what it has made.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, update

from webapp.accounts.identity import viewer_for
from webapp.core import clock
from webapp.core.timings import timed
from webapp.exports import files
from webapp.exports.columns import columns_for
from webapp.exports.models import Export, ExportFormat, ExportStatus
from webapp.exports.queries import rows_of
from webapp.exports.types import ExportKind, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.exports.queries import Rows

    Transaction = Callable[[], AbstractContextManager[Session]]

SECONDS_BETWEEN_SIGNS: Final = 1.0
ROWS_BETWEEN_LOOKS: Final = 100
ALMOST: Final = 99
UNEXPECTED = (
    "Something went wrong while this was being built. Try again; if it fails again, tell whoever runs Milepost."
)
NOBODY = "The account that asked for this is closed."


class OvertakenError(Exception):
    """The export is no longer ours to build."""


@dataclass(frozen=True)
class Claim:
    """The right to build one export, and what it asks for."""

    export_id: UUID
    user_id: UUID
    kind: ExportKind
    file_format: ExportFormat
    span: Span
    since: datetime

    @property
    def file_name(self) -> str:
        """Return a name that no other claim of this or any other export has."""
        return f"{self.export_id}-{int(self.since.timestamp() * 1_000_000):x}.{self.file_format.value}"


@dataclass(frozen=True)
class Site:
    """Where exports are built: the folder, and how to open a short transaction and a reading one."""

    folder: Path
    transaction: Transaction
    snapshot: Transaction


@timed("exports.build")
def build(site: Site, export_id: UUID) -> str:
    """Build an export if it waits for that; return what came of it. Running it again does no harm."""
    claim = _claim(site, export_id)
    if claim is None:
        return "nothing to do"
    try:
        size = _write(site, claim)
        _hand_over(site, claim, size)
    except OvertakenError:
        files.remove(site.folder, claim.file_name)
        return "overtaken"
    except files.UnwritableError as error:
        _fail(site, claim, str(error))
        return "failed"
    except Exception:
        files.remove(site.folder, claim.file_name)
        _fail(site, claim, UNEXPECTED)
        raise
    return "ready"


def _claim(site: Site, export_id: UUID) -> Claim | None:
    now = clock.now()
    values = {"status": ExportStatus.RUNNING, "started_at": now, "heartbeat_at": now, "percent": 0, "problem": None}
    waiting = update(Export).where(Export.id == export_id, Export.status == ExportStatus.QUEUED)
    taken = waiting.values(**values, attempts=Export.attempts + 1).returning(Export.id)
    with site.transaction() as session:
        if session.execute(taken.execution_options(synchronize_session=False)).one_or_none() is None:
            return None
        export = session.execute(select(Export).where(Export.id == export_id)).scalar_one()
        what = (ExportKind(export.kind), export.file_format, Span.from_parameters(export.parameters))
        return Claim(export.id, export.user_id, *what, since=now)


def _write(site: Site, claim: Claim) -> int:
    with site.snapshot() as session:
        viewer = viewer_for(session, claim.user_id)
        if viewer is None:
            raise files.UnwritableError(NOBODY)
        columns = columns_for(claim.kind, viewer.zone)
        rows = rows_of(session, viewer, claim.kind, claim.span)
        return files.write(site.folder, claim.file_name, claim.file_format, columns, _told(site, claim, rows))


def _told(site: Site, claim: Claim, rows: Rows) -> Iterator[Any]:
    """Pass rows on, and tell the database about every second how far this is; stop when overtaken."""
    told = time.monotonic()
    for number, row in enumerate(rows.rows):
        if number % ROWS_BETWEEN_LOOKS == 0 and time.monotonic() - told >= SECONDS_BETWEEN_SIGNS:
            _set(site, claim, percent=min(ALMOST, 100 * number // max(rows.expected, 1)))
            told = time.monotonic()
        yield row
    _set(site, claim, percent=ALMOST)


def _hand_over(site: Site, claim: Claim, size: int) -> None:
    now = clock.now()
    done = {"status": ExportStatus.READY, "percent": 100, "size_bytes": size, "file_name": claim.file_name}
    _set(site, claim, **done, finished_at=now)


def _fail(site: Site, claim: Claim, problem: str) -> None:
    now = clock.now()
    with site.transaction() as session:
        values = {"status": ExportStatus.FAILED, "problem": problem, "finished_at": now}
        session.execute(_ours(claim).values(**values))


def _set(site: Site, claim: Claim, **values: Any) -> None:
    with site.transaction() as session:
        statement = _ours(claim).values(**values, heartbeat_at=clock.now()).returning(Export.id)
        if session.execute(statement).one_or_none() is None:
            raise OvertakenError


def _ours(claim: Claim) -> Any:
    mine = (Export.id == claim.export_id, Export.status == ExportStatus.RUNNING, Export.started_at == claim.since)
    return update(Export).where(*mine).execution_options(synchronize_session=False)
