"""Asking for exports, and looking after those that wait, are lost or have had their time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from webapp.accounts.models import User
from webapp.core import clock, timezones
from webapp.core.errors import ConflictError, FieldError, InvalidInputError, NotFoundError
from webapp.core.periods import DateRange, InvalidPeriodError, preset
from webapp.exports.models import Export, ExportStatus
from webapp.exports.types import KEPT_DAYS, MOST_ATTEMPTS, MOST_EXPORTS, ExportForm, Span

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer

PENDING = (ExportStatus.QUEUED, ExportStatus.RUNNING)
SILENCE_OF_THE_LOST = timedelta(seconds=45)
GAVE_UP = "This export was begun several times and never finished. Try again, or ask for fewer days."


def request_export(session: Session, viewer: Viewer, form: ExportForm) -> UUID:
    """Put an export in the queue and return its id; one just like it that is still to come takes its place."""
    span = _span(viewer, form)
    _lock_person(session, viewer)
    mine = session.execute(select(Export).where(Export.user_id == viewer.user_id)).scalars().all()
    wanted = (form.kind, form.file_format, span.as_parameters())
    for export in mine:
        if export.status in PENDING and (export.kind, export.file_format, export.parameters) == wanted:
            return export.id
    if len(mine) >= MOST_EXPORTS:
        raise ConflictError(f"You have {MOST_EXPORTS} exports, which is as many as are kept. Delete some first.")
    made = Export(
        user_id=viewer.user_id,
        school_id=viewer.school_id,
        kind=form.kind.value,
        file_format=form.file_format,
        parameters=span.as_parameters(),
        expires_at=clock.now() + timedelta(days=KEPT_DAYS),
    )
    session.add(made)
    session.flush()
    return made.id


def cancel_export(session: Session, viewer: Viewer, export_id: UUID) -> None:
    """Stop an export that is still to come; any other stays as it is. What is being written is thrown away."""
    export = _load(session, viewer, export_id)
    if export.status in PENDING:
        export.status, export.finished_at = ExportStatus.CANCELLED, clock.now()
        session.flush()


def retry_export(session: Session, viewer: Viewer, export_id: UUID) -> None:
    """Put a failed or cancelled export in the queue again; any other stays as it is."""
    export = _load(session, viewer, export_id)
    if export.status in {ExportStatus.FAILED, ExportStatus.CANCELLED}:
        export.status, export.percent, export.attempts, export.problem = ExportStatus.QUEUED, 0, 0, None
        export.started_at = export.heartbeat_at = export.finished_at = None
        export.expires_at = clock.now() + timedelta(days=KEPT_DAYS)
        session.flush()


def delete_export(session: Session, viewer: Viewer, export_id: UUID) -> str | None:
    """Delete an export; return the name of its file, to be removed after the commit."""
    export = _load(session, viewer, export_id)
    session.delete(export)
    session.flush()
    return export.file_name


def lost_exports(session: Session) -> list[UUID]:
    """Return the exports that a worker should be asked for again, oldest first.

    Those whose worker has fallen silent go back into the queue, or fail when that has happened too often.
    """
    silent = Export.heartbeat_at < clock.now() - SILENCE_OF_THE_LOST
    running = update(Export).where(Export.status == ExportStatus.RUNNING, silent)
    hopeless = {"status": ExportStatus.FAILED, "problem": GAVE_UP, "finished_at": clock.now()}
    session.execute(running.where(Export.attempts >= MOST_ATTEMPTS).values(**hopeless))
    session.execute(running.values(status=ExportStatus.QUEUED, percent=0))
    queued = select(Export.id).where(Export.status == ExportStatus.QUEUED).order_by(Export.created_at, Export.id)
    return list(session.scalars(queued))


def expire_exports(session: Session) -> list[str]:
    """Forget exports that have had their time; return the names of their files."""
    old = delete(Export).where(Export.expires_at <= clock.now()).returning(Export.file_name)
    return [name for name in session.scalars(old) if name]


def known_files(session: Session) -> set[str]:
    """Return the names of all files that an export has."""
    return {name for name in session.scalars(select(Export.file_name)) if name}


def _load(session: Session, viewer: Viewer, export_id: UUID) -> Export:
    mine = select(Export).where(Export.id == export_id, Export.user_id == viewer.user_id).with_for_update()
    export = session.execute(mine.execution_options(populate_existing=True)).scalar_one_or_none()
    if export is None:
        raise NotFoundError
    return export


def _lock_person(session: Session, viewer: Viewer) -> None:
    """Let one person's requests come one after the other, so that a doubled one finds the first."""
    session.execute(select(User.id).where(User.id == viewer.user_id).with_for_update(key_share=True))


def _span(viewer: Viewer, form: ExportForm) -> Span:
    if form.period == "everything":
        return Span()
    if form.period != "custom":
        chosen = preset(form.period, timezones.local_date(clock.now(), viewer.zone), viewer.week_start)
        return Span(chosen.first, chosen.last)
    if form.first is None or form.last is None:
        raise InvalidInputError(_missing(form))
    try:
        DateRange(form.first, form.last)
    except InvalidPeriodError as error:
        raise InvalidInputError.of("last", str(error)) from error
    return Span(form.first, form.last)


def _missing(form: ExportForm) -> Sequence[FieldError]:
    dates = {"first": form.first, "last": form.last}
    return [FieldError(name, "Choose a date.") for name, value in dates.items() if value is None]
