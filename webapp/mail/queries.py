"""Reading the outbox, without what its mails say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from webapp.mail.models import MailStatus, OutgoingMail
from webapp.mail.types import MailRow

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer

NEEDS_SOMEBODY = (MailStatus.FAILED, MailStatus.UNKNOWN)
_COLUMNS = (
    *(OutgoingMail.id, OutgoingMail.key, OutgoingMail.kind, OutgoingMail.recipient, OutgoingMail.status),
    *(OutgoingMail.attempts, OutgoingMail.problem, OutgoingMail.created_at, OutgoingMail.send_after),
    OutgoingMail.finished_at,
)


def mails(session: Session, statuses: Collection[MailStatus], limit: int) -> list[MailRow]:
    """Return the newest mails in these states; for commands, which act for the whole installation."""
    found = select(*_COLUMNS).where(OutgoingMail.status.in_(statuses))
    rows = session.execute(found.order_by(OutgoingMail.created_at.desc(), OutgoingMail.id.desc()).limit(limit))
    return [MailRow._make(row) for row in rows]


def counts(session: Session) -> dict[MailStatus, int]:
    """Return how many mails there are in each state; for commands and health."""
    found = select(OutgoingMail.status, func.count()).group_by(OutgoingMail.status)
    rows = session.execute(found)
    return {status: number for status, number in rows}  # noqa: C416 - rows are no pairs to a type checker


def mails_of(session: Session, viewer: Viewer, kinds: Collection[str], limit: int) -> list[MailRow]:
    """Return the newest mails of these kinds to the viewer."""
    mine = select(*_COLUMNS).where(OutgoingMail.user_id == viewer.user_id, OutgoingMail.kind.in_(kinds))
    rows = session.execute(mine.order_by(OutgoingMail.created_at.desc(), OutgoingMail.id.desc()).limit(limit))
    return [MailRow._make(row) for row in rows]
