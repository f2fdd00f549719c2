"""The work on an import: reading its file, carrying it out, taking it back.

The row says who works: its `claim` is the worker's, for as long as its lease. Whoever finds another claim there has
been overtaken (cancelled, or given up for lost) and leaves everything as it is. Carrying out and taking back are one
transaction each, whose last statement hands over only under the claim that the work began with.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from webapp.accounts.identity import viewer_for
from webapp.audit.service import record
from webapp.core import clock, timezones
from webapp.core.files import WORDS_NO_ROOM, no_room
from webapp.core.text import folded
from webapp.db.base import new_id
from webapp.db.bulk import spare_memory
from webapp.db.lists import POSTGRESQL
from webapp.imports.rosters import oneroster, sheet
from webapp.imports.rosters.applying.apply import apply
from webapp.imports.rosters.applying.undo import undo
from webapp.imports.rosters.findings import Notes, UnreadableRosterError
from webapp.imports.rosters.models import Kind, RosterFormat, RosterImport, RosterStatus
from webapp.imports.rosters.planning import Plan, plan
from webapp.imports.rosters.staging import learn_sizes, stage
from webapp.imports.rosters.types import KEPT_DAYS, PENDING
from webapp.schools.models import School

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.imports.rosters.findings import Found

    Transaction = Callable[[], AbstractContextManager[Session]]

LEASE: Final = timedelta(seconds=90)
# On SQLite nobody can write while an import is carried out, so no sign of life can be given meanwhile.
LONG_LEASE: Final = timedelta(minutes=30)
BYTES_OF_A_ROW: Final = 25
ALMOST: Final = 95
UNEXPECTED = "Something went wrong. Nothing was changed. Try again; if it fails again, tell whoever runs Milepost."
GONE = "The file is kept no longer. Upload it again."
STALE = "What stands here has changed since the file was read. Nothing was changed; look at it again."
DEFAULT_SOURCE = {RosterFormat.ONEROSTER: "oneroster", RosterFormat.SHEET: "sheet"}


class OvertakenError(Exception):
    """The import is no longer ours to work on."""


class StaleError(Exception):
    """What was agreed to is not what would happen now."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where files lie, and how to open a transaction."""

    folder: Path
    transaction: Transaction


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on one import, and what there is to do."""

    id: UUID
    token: UUID
    status: RosterStatus
    school_id: UUID
    user_id: UUID | None
    source: str
    file_format: RosterFormat
    title: str
    file_name: str | None
    options: dict[str, Any]
    found: dict[str, Any]
    counts: dict[str, Any]


def work(site: Site, import_id: UUID) -> str:
    """Do what an import waits for, if it does; return what came of it. Running it again does no harm."""
    claim = _claim(site, import_id)
    if claim is None:
        return "nothing to do"
    steps = {RosterStatus.APPLYING: _apply, RosterStatus.UNDOING: _undo}
    try:
        return steps.get(claim.status, _read)(site, claim)
    except OvertakenError:
        return "overtaken"
    except (StaleError, IntegrityError):
        if claim.status is not RosterStatus.APPLYING:
            raise
        _set(site, claim, status=RosterStatus.QUEUED, problem=STALE, attempts=0, claim=None, leased_until=None)
        return "stale"
    except UnreadableRosterError as error:
        _fail(site, claim, str(error))
        return "refused"
    except Exception as error:
        _fail(site, claim, WORDS_NO_ROOM if no_room(error) else UNEXPECTED)
        raise


def _claim(site: Site, import_id: UUID) -> Claim | None:
    now, token = clock.now(), new_id()
    with site.transaction() as session:
        free = (RosterImport.leased_until.is_(None)) | (RosterImport.leased_until < now)
        waiting = update(RosterImport).where(RosterImport.id == import_id, RosterImport.status.in_(PENDING), free)
        lease = now + (LEASE if _is_postgresql(session) else LONG_LEASE)
        taken = waiting.values(claim=token, leased_until=lease, attempts=RosterImport.attempts + 1)
        if (
            session.execute(taken.returning(RosterImport.id).execution_options(synchronize_session=False)).first()
            is None
        ):
            return None
        row = session.execute(select(RosterImport).where(RosterImport.id == import_id)).scalar_one()
        if row.status is RosterStatus.QUEUED:
            row.status = RosterStatus.READING
        session.flush()
        what = (row.status, row.school_id, row.user_id, row.source, row.file_format)
        return Claim(row.id, token, *what, row.title, row.file_name, row.options, row.found, row.counts)


# ---------------------------------------------------------------- reading


def _read(site: Site, claim: Claim) -> str:
    path = site.folder / (claim.file_name or "")
    if not claim.file_name or not path.is_file():
        raise UnreadableRosterError(GONE)
    if claim.file_format is RosterFormat.SHEET and "mapping" not in claim.options:
        seen = sheet.glance(path, claim.title)
        found = {"columns": seen.columns, "rows": seen.rows, "guess": seen.guess}
        _set(site, claim, status=RosterStatus.MAPPING, found=found, percent=0, claim=None, leased_until=None)
        return "waits to be told its columns"
    notes = Notes()
    count = stage(site.transaction, claim.id, _rows(site, claim, path, notes), _teller(claim, path))
    if claim.file_format is RosterFormat.SHEET and claim.options.get("whole"):
        notes.whole.update({Kind.PERSON, Kind.STUDENT, Kind.TEACHER})
    source = claim.source or notes.source or DEFAULT_SOURCE[claim.file_format]
    said = {
        "notes": notes.notes,
        "whole": sorted(kind.value for kind in notes.whole),
        "rows_read": count,
    }
    with site.transaction() as session:
        spare_memory(session)
        found = {**claim.found, **said, "against": _state_of_imports(session, claim)}
        counts = plan(_plan(session, claim, source, frozenset(notes.whole)))
        values = {"found": found, "counts": counts, "source": source, "percent": 100, "leased_until": None}
        _hand_over(session, claim, status=RosterStatus.READY, **values)
    return f"{count} rows"


def _rows(site: Site, claim: Claim, path: Path, notes: Notes) -> Iterator[Found]:
    if claim.file_format is RosterFormat.SHEET:
        return sheet.read(path, claim.title, claim.options["mapping"], notes)
    with site.transaction() as session:
        school = session.execute(select(School.name, School.slug).where(School.id == claim.school_id)).one()
    return oneroster.read(path, notes, frozenset(map(folded, school)), claim.options.get("org", ""))


def _teller(claim: Claim, path: Path) -> Callable[[Session, int], None]:
    """Return what notes after each batch how far this is; how many rows a file has shows at its end only."""
    expected = max(1, path.stat().st_size // BYTES_OF_A_ROW)

    def told(session: Session, count: int) -> None:
        percent = min(ALMOST, 100 * count // (count + expected // 4))
        _hand_over(session, claim, percent=percent, leased_until=clock.now() + LEASE)

    return told


# ---------------------------------------------------------------- carrying out and taking back


def _apply(site: Site, claim: Claim) -> str:
    with site.transaction() as session:
        spare_memory(session)
        _lock_school(session, claim)
        if _state_of_imports(session, claim) != claim.found.get("against"):
            raise StaleError
        apply(_plan(session, claim, claim.source, frozenset()), _watcher(site, claim, session))
        now = clock.now()
        done = {"status": RosterStatus.APPLIED, "applied_at": now, "expires_at": now + timedelta(days=KEPT_DAYS)}
        _hand_over(session, claim, **done, percent=100, problem=None, claim=None, leased_until=None)
        _note(session, claim, "roster.applied", claim.counts)
    with site.transaction() as session:
        learn_sizes(session)
    return "applied"


def _undo(site: Site, claim: Claim) -> str:
    with site.transaction() as session:
        spare_memory(session)
        _lock_school(session, claim)
        undo(_plan(session, claim, claim.source, frozenset()), _watcher(site, claim, session))
        _hand_over(session, claim, status=RosterStatus.UNDONE, percent=100, claim=None, leased_until=None)
        _note(session, claim, "roster.undone", {})
    return "undone"


def _plan(session: Session, claim: Claim, source: str, whole: frozenset[Kind]) -> Plan:
    zone = session.execute(select(School.time_zone).where(School.id == claim.school_id)).scalar_one()
    return Plan(
        session=session,
        import_id=claim.id,
        school_id=claim.school_id,
        source=source,
        file_format=claim.file_format,
        whole=whole,
        today=timezones.local_date(clock.now(), zone),
        overwrite=bool(claim.options.get("overwrite")),
        owner_id=claim.user_id,
    )


def _state_of_imports(session: Session, claim: Claim) -> list[str]:
    """Return something that changes whenever another import of the school is carried out or taken back."""
    done = (RosterStatus.APPLIED, RosterStatus.UNDOING, RosterStatus.UNDONE)
    mine = (RosterImport.school_id == claim.school_id, RosterImport.status.in_(done), RosterImport.id != claim.id)
    ids = select(RosterImport.id, RosterImport.status).where(*mine).order_by(RosterImport.applied_at.desc()).limit(10)
    return [f"{row.id} {row.status == RosterStatus.UNDONE}" for row in session.execute(ids)]


def _lock_school(session: Session, claim: Claim) -> None:
    """Let the imports of a school come one after the other; nobody else waits for this."""
    session.execute(select(School.id).where(School.id == claim.school_id).with_for_update(key_share=True))


def _watcher(site: Site, claim: Claim, session: Session) -> Callable[[int], None]:
    def told(percent: int) -> None:
        if _is_postgresql(session):
            _set(site, claim, percent=percent, leased_until=clock.now() + LEASE)

    return told


def _note(session: Session, claim: Claim, action: str, counts: dict[str, Any]) -> None:
    viewer = viewer_for(session, claim.user_id) if claim.user_id else None
    verdicts = counts.get("verdicts", {}).items()
    detail = {f"{kind}.{verdict}": count for kind, found in verdicts for verdict, count in found.items()}
    some = dict(sorted(detail.items(), key=lambda item: item[0].endswith("unchanged"))[:20])
    record(session, viewer, action, target=("roster", claim.id), school_id=claim.school_id, detail=some)


# ---------------------------------------------------------------- the row


def _fail(site: Site, claim: Claim, problem: str) -> None:
    """Say what went wrong; an import that was carried out stays so when taking it back fails."""
    status = RosterStatus.APPLIED if claim.status is RosterStatus.UNDOING else RosterStatus.FAILED
    with site.transaction() as session:
        values = {"status": status, "problem": problem[:500], "claim": None, "leased_until": None}
        session.execute(_ours(claim).values(**values))


def _set(site: Site, claim: Claim, /, **values: Any) -> None:
    with site.transaction() as session:
        _hand_over(session, claim, **values)


def _hand_over(session: Session, claim: Claim, /, **values: Any) -> None:
    if session.execute(_ours(claim).values(**values).returning(RosterImport.id)).first() is None:
        raise OvertakenError


def _ours(claim: Claim) -> Any:
    mine = (RosterImport.id == claim.id, RosterImport.claim == claim.token, RosterImport.status == claim.status)
    return update(RosterImport).where(*mine).execution_options(synchronize_session=False)


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == POSTGRESQL
