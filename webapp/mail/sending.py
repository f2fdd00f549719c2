"""Working through the outbox: claim, hand over, note what came of it (docs/adr/0006).

The claim is committed before anything is handed over, so a mail that may have left is never handed over again by
itself. Whoever was killed in between leaves a mail in `sending`, which later becomes `unknown`, for people to decide.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

import structlog
from sqlalchemy import and_, or_, select, update

from webapp.core import clock
from webapp.mail.models import MailAttachment, MailStatus, OutgoingMail
from webapp.mail.service import forget_words
from webapp.mail.types import Attachment, Ready, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    Transactions = Callable[[], AbstractContextManager[Session]]

# After each failed attempt; one more failure than there are waits, and it is given up.
WAITS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720))
# Longer than any attempt can take: a job is cut off before.
LOST_AFTER: Final = timedelta(minutes=15)
MOST_AT_ONCE: Final = 200
LOST: Final = "Whoever sent this was cut off before the mail server's answer could be noted. It may have arrived."
LONGEST_PROBLEM: Final = 300

log = structlog.get_logger(__name__)


class Carrier(Protocol):
    """What takes mails away."""

    def open(self) -> str:
        """Get ready; return why that is impossible just now, or an empty text."""

    def hand_over(self, mail: Ready) -> Verdict:
        """Hand one mail over; never raises for what the mail server says or fails to say."""

    def close(self) -> None:
        """End; changes nothing about what was handed over."""


def send_due(transactions: Transactions, carrier: Carrier) -> int:
    """Send what is due, oldest first; return how many mails have left. Any number of these may run at once."""
    with transactions() as session:
        tidy(session)
        if not _anything_due(session):
            return 0
    away, sent = carrier.open(), 0
    try:
        for _ in range(MOST_AT_ONCE):
            with transactions() as session:
                mail = claim(session)
            if mail is None:
                break
            verdict = Verdict(MailStatus.QUEUED, away, stop=True) if away else carrier.hand_over(mail)
            with transactions() as session:
                note(session, mail, verdict)
            sent += verdict.status is MailStatus.SENT
            if verdict.stop:
                break
    finally:
        carrier.close()
    return sent


def tidy(session: Session) -> None:
    """Name the mails whose fate nobody noted, and take out those that are too late."""
    moment = clock.now()
    lost = and_(OutgoingMail.status == MailStatus.SENDING, OutgoingMail.started_at < moment - LOST_AFTER)
    unknown = {"status": MailStatus.UNKNOWN, "problem": LOST, "finished_at": moment}
    for mail_id in session.scalars(update(OutgoingMail).where(lost).values(**unknown).returning(OutgoingMail.id)):
        log.warning("mail_outcome_unknown", mail=mail_id)
    late = and_(OutgoingMail.status == MailStatus.QUEUED, OutgoingMail.not_after <= moment)
    expired = {"status": MailStatus.EXPIRED, "finished_at": moment}
    gone = list(session.scalars(update(OutgoingMail).where(late).values(**expired).returning(OutgoingMail.id)))
    if gone:
        forget_words(session, OutgoingMail.id.in_(gone))


def _due(moment: datetime) -> list[Any]:
    in_time = or_(OutgoingMail.not_after.is_(None), OutgoingMail.not_after > moment)
    return [OutgoingMail.status == MailStatus.QUEUED, OutgoingMail.send_after <= moment, in_time]


def _anything_due(session: Session) -> bool:
    return session.scalar(select(OutgoingMail.id).where(*_due(clock.now())).limit(1)) is not None


def claim(session: Session) -> Ready | None:
    """Take the mail that is longest due, or None. Nobody else can take it, whatever happens to the caller."""
    moment = clock.now()
    oldest = (
        select(OutgoingMail.id)
        .where(*_due(moment))
        .order_by(OutgoingMail.send_after, OutgoingMail.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    taken = (
        update(OutgoingMail)
        .where(OutgoingMail.id == oldest, OutgoingMail.status == MailStatus.QUEUED)
        .values(status=MailStatus.SENDING, attempts=OutgoingMail.attempts + 1, started_at=moment)
        .returning(
            *(OutgoingMail.id, OutgoingMail.kind, OutgoingMail.recipient, OutgoingMail.subject),
            *(OutgoingMail.text_body.label("text"), OutgoingMail.html_body.label("html")),
            *(OutgoingMail.unsubscribe_url, OutgoingMail.attempts.label("attempt")),
        )
        .execution_options(synchronize_session=False)
    )
    row = session.execute(taken).one_or_none()
    return None if row is None else Ready(**row._asdict(), attachments=_attachments(session, row.id))


def _attachments(session: Session, mail_id: UUID) -> tuple[Attachment, ...]:
    columns = (MailAttachment.file_name, MailAttachment.media_type, MailAttachment.content)
    found = select(*columns).where(MailAttachment.mail_id == mail_id).order_by(MailAttachment.id)
    return tuple(Attachment(*row) for row in session.execute(found))


def note(session: Session, mail: Ready, verdict: Verdict) -> None:
    """Write down what came of an attempt. What was meanwhile called unknown is known again by this."""
    moment = clock.now()
    status = verdict.status
    if status is MailStatus.QUEUED and mail.attempt > len(WAITS):
        status = MailStatus.FAILED
    if status is MailStatus.QUEUED:
        values: dict[str, Any] = {"send_after": moment + WAITS[mail.attempt - 1], "finished_at": None}
    else:
        values = {"finished_at": moment}
    mine = and_(
        OutgoingMail.id == mail.id,
        OutgoingMail.attempts == mail.attempt,
        OutgoingMail.status.in_((MailStatus.SENDING, MailStatus.UNKNOWN)),
    )
    problem = "" if status is MailStatus.SENT else verdict.problem[:LONGEST_PROBLEM]
    changed = update(OutgoingMail).where(mine).values(status=status, problem=problem, **values)
    session.execute(changed.execution_options(synchronize_session=False))
    if status is MailStatus.SENT:
        forget_words(session, OutgoingMail.id == mail.id)
    if status in {MailStatus.FAILED, MailStatus.UNKNOWN}:
        log.warning("mail_not_sent", mail=mail.id, kind=mail.kind, status=status.value)
