"""Telling people by mail what is asked about their data: that they are to be erased, and that a file is ready."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, or_, select

from webapp.accounts.models import User
from webapp.compliance.models import DataRequest, RequestKind, RequestStatus
from webapp.mail.models import OutgoingMail
from webapp.mail.service import queue_mail
from webapp.mail.types import Mail, is_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sqlalchemy.orm import Session

LATELY: Final = timedelta(days=1)
ERASURE: Final = "erasure_asked"
EXPORT: Final = "export_ready"
TEMPLATES: Final = {
    ERASURE: ("mail/erasure_asked.txt", "mail/erasure_asked.html"),
    EXPORT: ("mail/export_ready.txt", "mail/export_ready.html"),
}
SUBJECTS: Final = {ERASURE: "You are to be erased from Milepost", EXPORT: "The data you asked for are ready"}


@dataclass(frozen=True, slots=True)
class _Letter:
    kind: str
    request: DataRequest
    person: User

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.request.id}:{self.person.id}"

    @property
    def is_own(self) -> bool:
        return self.person.id == self.request.user_id


def tell(session: Session, write_letter: Callable[..., Any], now: datetime, *, demo: bool) -> int:
    """Queue a mail for each erasure that can still be cancelled, and each file, of the last day; return how many.

    Once each. Somebody whose account is closed is told nothing here: they could do nothing. `demo` says whether
    made-up people get mail.
    """
    letters = [one for one in _due(session, now) if _can_be_told(one.person, demo=demo)]
    told = select(OutgoingMail.key).where(OutgoingMail.key.in_([one.key for one in letters]))
    known = set(session.scalars(told)) if letters else set()
    return sum(_queue(session, write_letter, one) for one in letters if one.key not in known)


def _due(session: Session, now: datetime) -> Iterator[_Letter]:
    waiting = and_(DataRequest.kind == RequestKind.ERASURE, DataRequest.status == RequestStatus.WAITING)
    ready = and_(DataRequest.kind == RequestKind.EXPORT, DataRequest.status == RequestStatus.READY)
    fresh = or_(
        and_(waiting, DataRequest.asked_at > now - LATELY, DataRequest.runs_at > now),
        and_(ready, DataRequest.finished_at > now - LATELY),
    )
    for request in session.scalars(select(DataRequest).where(fresh).order_by(DataRequest.asked_at, DataRequest.id)):
        kind = ERASURE if request.kind is RequestKind.ERASURE else EXPORT
        whose = {request.user_id, request.asked_by if kind == EXPORT else None} - {None}
        for person in session.scalars(select(User).where(User.id.in_(whose)).order_by(User.id)):
            yield _Letter(kind, request, person)


def _can_be_told(person: User, *, demo: bool) -> bool:
    return person.active and is_address(person.email) and (demo or not person.is_demo)


def _queue(session: Session, write_letter: Callable[..., Any], one: _Letter) -> bool:
    request = one.request
    said = {"own": one.is_own, "by_staff": request.by_staff, "runs_at": request.runs_at, "until": request.expires_at}
    letter = write_letter(*TEMPLATES[one.kind], **said)
    mail = Mail(
        key=one.key,
        kind=one.kind,
        recipient=one.person.email,
        subject=SUBJECTS[one.kind],
        text=letter.text,
        html=letter.html,
        user_id=one.person.id,
        school_id=one.person.school_id,
        not_after=request.expires_at if one.kind == EXPORT else request.runs_at,
    )
    return queue_mail(session, mail)
