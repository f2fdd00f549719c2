"""Taking a file in, and saying what shall become of it; the work itself is done in the background (running.py)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select, update

from webapp.audit.service import record
from webapp.core import clock
from webapp.core.errors import ConflictError, InvalidInputError
from webapp.imports.rosters.access import load_import
from webapp.imports.rosters.models import RosterFormat, RosterImport, RosterStatus
from webapp.imports.rosters.types import KEPT_DAYS, MOST_WAITING, PENDING, UNFINISHED, WAITS_DAYS, Losses

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.imports.rosters.types import MappingForm, RosterUpload

LONGEST_TITLE = 200
MOST_ATTEMPTS = 3
GAVE_UP = "This was begun several times and never finished. Nothing of it was changed. Try again."
NOT_READY = "This import is not ready for that."


def take_in(
    session: Session, viewer: Viewer | None, form: RosterUpload, school_id: UUID, file: tuple[str, str, RosterFormat]
) -> RosterImport:
    """Put a file in the queue to be read; `file` is its name here, its owner's name for it, and its format.

    Without a viewer it is a command that asks.

    Raises ConflictError while many others of the school wait.
    """
    file_name, title, file_format = file
    waiting = (RosterImport.school_id == school_id, RosterImport.status.in_(UNFINISHED))
    if session.execute(select(func.count()).select_from(RosterImport).where(*waiting)).scalar_one() >= MOST_WAITING:
        raise ConflictError(f"{MOST_WAITING} files wait already. Apply or discard some first.")
    options = {"overwrite": form.overwrite, "whole": form.whole, "org": form.org, "source": form.source}
    made = RosterImport(
        school_id=school_id,
        user_id=viewer.user_id if viewer else None,
        source=form.source,
        file_format=file_format,
        title=title[-LONGEST_TITLE:],
        file_name=file_name,
        options=options,
        expires_at=clock.now() + timedelta(days=WAITS_DAYS),
    )
    session.add(made)
    session.flush()
    _note(session, viewer, made, "roster.uploaded")
    return made


def map_columns(session: Session, viewer: Viewer, import_id: UUID, form: MappingForm) -> None:
    """Say which column of a sheet is what, and have it read."""
    found = load_import(session, viewer, import_id)
    _require(found, RosterStatus.MAPPING)
    mapping = form.mapping()
    strange = sorted(name for name, column in mapping.items() if column not in found.found.get("columns", []))
    if strange:
        raise InvalidInputError.of(strange[0], "Choose one of the columns.")
    found.options = {**found.options, "mapping": mapping}
    _queue(found, RosterStatus.QUEUED)
    session.flush()


def request_apply(session: Session, viewer: Viewer, import_id: UUID, confirm: str = "") -> None:
    """Have an import carried out; raise InvalidInputError where much would go and that was not typed."""
    found = load_import(session, viewer, import_id)
    if found.status in {RosterStatus.APPLYING, RosterStatus.APPLIED}:
        return
    _require(found, RosterStatus.READY)
    losses = Losses.of(found.counts)
    if losses.are_alarming and confirm.casefold() != losses.words:
        raise InvalidInputError.of("confirm", f"Type “{losses.words}” to confirm that so much goes.")
    found.user_id = viewer.user_id
    agree(session, found)


def agree(session: Session, found: RosterImport) -> None:
    """Have an import carried out as it was seen."""
    _require(found, RosterStatus.READY)
    _queue(found, RosterStatus.APPLYING)
    session.flush()


def request_undo(session: Session, viewer: Viewer, import_id: UUID) -> None:
    """Have an import taken back; only the last of its source can be, and for as long as it is kept."""
    found = load_import(session, viewer, import_id)
    if found.status in {RosterStatus.UNDOING, RosterStatus.UNDONE}:
        return
    _require(found, RosterStatus.APPLIED)
    later = select(RosterImport.id).where(
        RosterImport.school_id == found.school_id,
        RosterImport.source == found.source,
        RosterImport.applied_at > found.applied_at,
        RosterImport.status.in_([RosterStatus.APPLIED, RosterStatus.UNDOING]),
    )
    if session.execute(later.limit(1)).first() is not None:
        raise ConflictError("A later import of the same source stands on this one. Undo that first.")
    _queue(found, RosterStatus.UNDOING)
    session.flush()


def cancel(session: Session, viewer: Viewer, import_id: UUID) -> None:
    """Stop an import that has changed nothing yet; any other stays as it is."""
    found = load_import(session, viewer, import_id)
    if found.status in UNFINISHED - {RosterStatus.APPLYING, RosterStatus.UNDOING}:
        found.status, found.claim, found.leased_until = RosterStatus.CANCELLED, None, None
        session.flush()


def retry(session: Session, viewer: Viewer, import_id: UUID) -> None:
    """Read a failed or cancelled file again, while it is kept."""
    found = load_import(session, viewer, import_id)
    if found.status not in {RosterStatus.FAILED, RosterStatus.CANCELLED}:
        return
    if not found.file_name:
        raise ConflictError("The file is kept no longer. Upload it again.")
    _queue(found, RosterStatus.QUEUED)
    found.problem = None
    session.flush()


def lost_imports(session: Session) -> list[UUID]:
    """Return the imports that a worker should be asked for, oldest first; those begun too often fail."""
    now = clock.now()
    free = or_(RosterImport.leased_until.is_(None), RosterImport.leased_until < now)
    hopeless = {"status": RosterStatus.FAILED, "problem": GAVE_UP, "claim": None}
    waiting = (RosterImport.status.in_(PENDING), free)
    session.execute(update(RosterImport).where(*waiting, RosterImport.attempts >= MOST_ATTEMPTS).values(**hopeless))
    return list(session.scalars(select(RosterImport.id).where(*waiting).order_by(RosterImport.created_at)))


def expire(session: Session) -> list[str]:
    """Forget imports that have had their time, with all that was read; return the names of their files."""
    over = select(RosterImport).where(RosterImport.expires_at <= clock.now(), RosterImport.status.not_in(PENDING))
    found = session.execute(over.limit(20).with_for_update(skip_locked=True)).scalars().all()
    names = [one.file_name for one in found if one.file_name]
    for one in found:
        session.delete(one)
    session.flush()
    return names


def known_files(session: Session) -> set[str]:
    """Return the names of all files that an import has."""
    return {name for name in session.scalars(select(RosterImport.file_name)) if name}


def _require(found: RosterImport, status: RosterStatus) -> None:
    if found.status is not status:
        raise ConflictError(NOT_READY)


def _queue(found: RosterImport, status: RosterStatus) -> None:
    found.status, found.percent, found.attempts = status, 0, 0
    found.claim = found.leased_until = None
    days = KEPT_DAYS if found.applied_at else WAITS_DAYS
    found.expires_at = max(found.expires_at, clock.now() + timedelta(days=days))


def _note(session: Session, viewer: Viewer | None, found: RosterImport, action: str, **detail: Any) -> None:
    record(session, viewer, action, target=("roster", found.id), school_id=found.school_id, detail=detail)
