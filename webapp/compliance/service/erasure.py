"""An erasure from its appointed time to its certificate; it may be killed at any point and begun again.

The account is closed first, so that nothing new is written. Then one transaction takes the person out of the database
and keeps, with the request, what must still be looked for outside. When that is done, the request forgets it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import or_, select, update

from webapp.accounts.models import User
from webapp.accounts.service.sessions import revoke_all
from webapp.audit.service import record
from webapp.compliance.models import DataRequest, ErasureCertificate, RequestKind, RequestStatus
from webapp.compliance.service import sweep, tombstones
from webapp.compliance.service.erasing import erase, forget_files
from webapp.core import clock

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path
    from uuid import UUID

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    Transaction = Callable[[], AbstractContextManager[Session]]

SILENCE: Final = timedelta(minutes=5)


@dataclass(frozen=True)
class Place:
    """Where an erasure happens: the data folder, the engine, and how to open a short transaction."""

    home: Path
    engine: Engine
    transaction: Transaction


def due_erasures(session: Session) -> list[UUID]:
    """Return the erasures whose time has come, and those that were begun and not ended, the oldest first."""
    now = clock.now()
    waiting = (DataRequest.status == RequestStatus.WAITING) & (DataRequest.runs_at <= now)
    lost = (DataRequest.status == RequestStatus.RUNNING) & (DataRequest.heartbeat_at < now - SILENCE)
    found = select(DataRequest.id).where(DataRequest.kind == RequestKind.ERASURE, or_(waiting, lost))
    return list(session.scalars(found.order_by(DataRequest.runs_at, DataRequest.id)))


def run(place: Place, request_id: UUID) -> str:
    """Erase whom a request is about, if its time has come; return what came of it. Running it again does no harm."""
    with place.transaction() as session:
        if not _begin(session, request_id):
            return "nothing to do"
    with place.transaction() as session:
        sweep.deleting_for_good(session)
        leftovers = _take_out(session, request_id, place.home)
    removed = sweep.remove_files(place.home, leftovers["files"])
    removed += sweep.remove_mail_files(place.home, leftovers["needles"])
    sweep.remove_from_event_files(place.home, leftovers["needles"])
    named = sweep.remove_naming_files(place.home, leftovers)
    sweep.forget_in_redis(leftovers["needles"])
    with place.transaction() as session:
        sweep.deleting_for_good(session)
        forget_files(session, named)
        _end(session, request_id, removed + len(named))
    sweep.overwrite_freed_pages(place.engine)
    return "erased"


def erase_again(place: Place, user_id: UUID) -> None:
    """Erase somebody whom an older backup brought back; they had their certificate."""
    with place.transaction() as session:
        sweep.deleting_for_good(session)
        school_id = session.scalar(select(User.school_id).where(User.id == user_id))
        done = erase(session, user_id, clock.now())
        record(session, None, "person.erased_again", school_id=school_id)
    if done is not None:
        sweep.remove_files(place.home, done.files)
        sweep.remove_mail_files(place.home, done.needles)
        sweep.remove_from_event_files(place.home, done.needles)
        named = sweep.remove_naming_files(place.home, done.leftovers())
        sweep.forget_in_redis(done.needles)
        with place.transaction() as session:
            forget_files(session, named)
    sweep.overwrite_freed_pages(place.engine)


def _begin(session: Session, request_id: UUID) -> bool:
    """Take the request and close the account; False when it is not due, or was cancelled or done."""
    now = clock.now()
    request = session.get(DataRequest, request_id, with_for_update=True, populate_existing=True)
    if request is None or request.kind is not RequestKind.ERASURE or not _is_open(request, now):
        return False
    request.status, request.started_at, request.heartbeat_at = RequestStatus.RUNNING, request.started_at or now, now
    request.attempts += 1
    if request.user_id is not None:
        session.execute(update(User).where(User.id == request.user_id).values(active=False))
        revoke_all(session, request.user_id)
    return True


def _is_open(request: DataRequest, now: datetime) -> bool:
    is_due = request.status is RequestStatus.WAITING and request.runs_at <= now
    return is_due or request.status is RequestStatus.RUNNING


def _take_out(session: Session, request_id: UUID, home: Path) -> dict[str, Any]:
    """Take the person out of the database; return what is left to do outside of it."""
    now = clock.now()
    request = session.get_one(DataRequest, request_id, populate_existing=True)
    if request.leftovers is not None:
        return request.leftovers
    user_id = request.user_id
    done = erase(session, user_id, now) if user_id is not None else None
    if done is None:
        return {"files": [], "needles": []}
    tombstones.write_down(home, {request.subject_hash: now})
    session.refresh(request)
    request.leftovers = done.leftovers()
    session.add(
        ErasureCertificate(
            id=request_id, school_id=request.school_id, asked_at=request.asked_at, erased_at=now, done=done.rows
        )
    )
    record(session, None, "person.erased", target=("certificate", request_id), school_id=request.school_id)
    session.flush()
    return done.leftovers()


def _end(session: Session, request_id: UUID, files_removed: int) -> None:
    request = session.get_one(DataRequest, request_id, populate_existing=True)
    certificate = session.get(ErasureCertificate, request_id)
    if certificate is not None:
        certificate.files_removed += files_removed
    request.status, request.finished_at, request.leftovers = RequestStatus.DONE, clock.now(), None
    session.flush()
