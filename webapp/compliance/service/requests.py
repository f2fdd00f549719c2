"""Asking for one's data or for one's erasure, and calling that off."""

from __future__ import annotations

import calendar
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select, update

from webapp.accounts.models import User
from webapp.audit.service import record
from webapp.compliance.access import find_person, load_handled_request, load_own_request
from webapp.compliance.models import DataRequest, RequestKind, RequestStatus, RetentionSettings
from webapp.compliance.rows import subject_hash
from webapp.compliance.service.admins import others_stay
from webapp.compliance.types import LINK_DAYS, MOST_ATTEMPTS, PENDING
from webapp.core import clock
from webapp.core.errors import ConflictError, InvalidInputError
from webapp.core.permissions import Role

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.compliance.types import StaffRequestForm
    from webapp.core.permissions import Viewer

DEFAULT_GRACE_DAYS: Final = 14
SILENCE_OF_THE_LOST: Final = timedelta(seconds=60)
GAVE_UP: Final = "This was begun several times and never finished. Ask again, or tell whoever runs Milepost."


def ask(session: Session, viewer: Viewer, kind: RequestKind, confirmation: str = "") -> UUID:
    """Ask for the viewer's own data or erasure; one that is still to come takes its place. Returns its id."""
    return _ask(session, viewer, session.get_one(User, viewer.user_id), kind, confirmation)


def ask_for(session: Session, viewer: Viewer, form: StaffRequestForm) -> UUID:
    """Ask for the data or the erasure of somebody whom the viewer administers. Returns the request's id."""
    person = find_person(session, viewer, form.email)
    return _ask(session, viewer, person, form.kind, form.confirmation)


def cancel_own(session: Session, viewer: Viewer, request_id: UUID) -> None:
    """Call off a request about the viewer; ConflictError once it has begun."""
    _cancel(session, viewer, load_own_request(session, viewer, request_id))


def cancel_handled(session: Session, viewer: Viewer, request_id: UUID) -> None:
    """Call off a request that the viewer handles; ConflictError once it has begun."""
    _cancel(session, viewer, load_handled_request(session, viewer, request_id))


def lost_exports(session: Session) -> list[UUID]:
    """Return the exports that a worker should be asked for again; what was begun too often has failed."""
    silent = DataRequest.heartbeat_at < clock.now() - SILENCE_OF_THE_LOST
    exports = (DataRequest.kind == RequestKind.EXPORT, DataRequest.status == RequestStatus.RUNNING, silent)
    hopeless = {"status": RequestStatus.FAILED, "problem": GAVE_UP, "finished_at": clock.now()}
    session.execute(update(DataRequest).where(*exports, DataRequest.attempts >= MOST_ATTEMPTS).values(**hopeless))
    session.execute(update(DataRequest).where(*exports).values(status=RequestStatus.WAITING, percent=0))
    waiting = (DataRequest.kind == RequestKind.EXPORT, DataRequest.status == RequestStatus.WAITING)
    return list(session.scalars(select(DataRequest.id).where(*waiting).order_by(DataRequest.asked_at)))


def expire_files(session: Session) -> list[str]:
    """Forget the files that have had their days; return their names. That they were made stays on record."""
    old = (DataRequest.file_name.is_not(None), DataRequest.expires_at <= clock.now())
    names = list(session.scalars(select(DataRequest.file_name).where(*old)))
    emptied = update(DataRequest).where(*old).values(status=RequestStatus.DONE, file_name=None, size_bytes=None)
    session.execute(emptied.execution_options(synchronize_session=False))
    return [name for name in names if name]


def known_files(session: Session) -> set[str]:
    """Return the names of all files that a request has."""
    return {name for name in session.scalars(select(DataRequest.file_name)) if name}


def forget_finished(session: Session, before: datetime, school_id: UUID) -> int:
    """Delete a school's requests that ended before then; return how many."""
    ended = (DataRequest.school_id == school_id, DataRequest.finished_at < before)
    gone = delete(DataRequest).where(*ended, DataRequest.status.not_in(PENDING), DataRequest.file_name.is_(None))
    return session.execute(gone.execution_options(synchronize_session=False)).rowcount  # type: ignore[attr-defined, no-any-return]


def a_month_after(moment: datetime) -> datetime:
    """Return when the law wants an answer to a request of this moment: a calendar month later, or that month's end."""
    year, month = moment.year + moment.month // 12, moment.month % 12 + 1
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))


def _ask(session: Session, viewer: Viewer, person: User, kind: RequestKind, confirmation: str) -> UUID:
    if kind is RequestKind.ERASURE:
        _check_erasure(session, person, confirmation)
    session.execute(select(User.id).where(User.id == person.id).with_for_update(key_share=True))
    same = (DataRequest.user_id == person.id, DataRequest.kind == kind, DataRequest.status.in_(PENDING))
    standing = session.scalar(select(DataRequest.id).where(*same).limit(1))
    if standing is not None:
        return standing
    made = _make(session, viewer, person, kind)
    if made.by_staff:
        about = {"target": ("user", person.id), "school_id": person.school_id}
        record(session, viewer, f"{kind.value}.requested", **about, detail={"request": made.id})  # type: ignore[arg-type]
    return made.id


def _make(session: Session, viewer: Viewer, person: User, kind: RequestKind) -> DataRequest:
    now = clock.now()
    settings = session.get(RetentionSettings, person.school_id) if person.school_id else None
    grace = timedelta(days=settings.grace_days if settings else DEFAULT_GRACE_DAYS)
    made = DataRequest(
        user_id=person.id,
        subject_hash=subject_hash(person.id),
        school_id=person.school_id,
        kind=kind,
        asked_by=viewer.user_id,
        by_staff=viewer.user_id != person.id,
        asked_at=now,
        due_at=a_month_after(now),
        runs_at=now + grace if kind is RequestKind.ERASURE else now,
        expires_at=now + timedelta(days=LINK_DAYS) if kind is RequestKind.EXPORT else None,
    )
    session.add(made)
    session.flush()
    return made


def _check_erasure(session: Session, person: User, confirmation: str) -> None:
    if confirmation.strip().lower() != person.email:
        raise InvalidInputError.of("confirmation", f"Type {person.email} to confirm.")
    if person.role is Role.ADMIN and not others_stay(session, person.id):
        raise ConflictError("This is the only admin here who can sign in and stays: make somebody else one first.")


def _cancel(session: Session, viewer: Viewer, request: DataRequest) -> None:
    if request.status is RequestStatus.CANCELLED:
        return
    if request.status is not RequestStatus.WAITING:
        raise ConflictError("This has begun already and cannot be cancelled any more.")
    request.status, request.finished_at = RequestStatus.CANCELLED, clock.now()
    if viewer.user_id != request.user_id:
        about = ("request", request.id)
        record(session, viewer, f"{request.kind.value}.cancelled", target=about, school_id=request.school_id)
    session.flush()
