"""Putting mails into the outbox, trying failed ones again, and forgetting those that have had their time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, insert, select, update

from webapp.core import clock
from webapp.core.errors import ConflictError, NotFoundError
from webapp.db.base import new_id, table_of
from webapp.db.upsert import insert_for
from webapp.mail.models import MailAttachment, MailStatus, OutgoingMail

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from webapp.mail.types import Attachment, Mail

KEPT_WORDS: Final = timedelta(days=7)
KEPT_ROWS: Final = timedelta(days=60)
NOTHING: Final = {"subject": "", "text_body": "", "html_body": "", "unsubscribe_url": ""}
ENDED: Final = (MailStatus.SENT, MailStatus.EXPIRED, MailStatus.FAILED, MailStatus.UNKNOWN)

_mails, _files = table_of(OutgoingMail), table_of(MailAttachment)


def queue_mail(session: Session, mail: Mail) -> bool:
    """Put a mail into the outbox, in the caller's transaction; False when one of its key was queued before.

    It leaves after the commit, when the outbox is next worked through (`webapp.mail.jobs.send_soon`).
    """
    moment = clock.now()
    row = {
        "id": new_id(),
        "key": mail.key,
        "kind": mail.kind,
        "user_id": mail.user_id,
        "school_id": mail.school_id,
        "recipient": mail.recipient,
        "subject": mail.subject,
        "text_body": mail.text,
        "html_body": mail.html,
        "unsubscribe_url": mail.unsubscribe_url,
        "status": MailStatus.QUEUED,
        "attempts": 0,
        "problem": "",
        "created_at": moment,
        "send_after": mail.send_after or moment,
        "not_after": mail.not_after,
    }
    statement = insert_for(session, _mails).values(**row).on_conflict_do_nothing(index_elements=["key"])
    made = session.execute(statement.returning(_mails.c.id)).scalar_one_or_none()
    if made is not None and mail.attachments:
        session.execute(insert(_files), [_file(made, one) for one in mail.attachments])
    return made is not None


def _file(mail_id: UUID, attachment: Attachment) -> dict[str, Any]:
    return {
        "id": new_id(),
        "mail_id": mail_id,
        "file_name": attachment.file_name,
        "media_type": attachment.media_type,
        "content": attachment.content,
    }


def retry(session: Session, mail_id: UUID) -> None:
    """Queue a failed or unknown mail again; it keeps its Message-ID, so that most mailboxes show it once.

    Raises NotFoundError, or ConflictError for any other mail and for one whose words are deleted already.
    """
    found = session.get(OutgoingMail, mail_id, with_for_update=True)
    if found is None:
        raise NotFoundError("There is no such mail.")
    if found.status not in {MailStatus.FAILED, MailStatus.UNKNOWN}:
        raise ConflictError(f"This mail is {found.status.value}; only a failed or an unknown one is tried again.")
    if not found.text_body:
        raise ConflictError("What this mail said is deleted already.")
    found.status, found.attempts, found.problem = MailStatus.QUEUED, 0, ""
    found.send_after, found.finished_at = clock.now(), None
    session.flush()


def forget_words(session: Session, which: ColumnElement[bool]) -> None:
    """Delete what some mails say, and the files with them; what became of them stays."""
    chosen = select(OutgoingMail.id).where(which)
    session.execute(delete(MailAttachment).where(MailAttachment.mail_id.in_(chosen)).execution_options(**_PLAIN))
    session.execute(update(OutgoingMail).where(which).values(**NOTHING).execution_options(**_PLAIN))


def forget_old(session: Session) -> int:
    """Delete the words of mails that ended 7 days ago, and all of those that ended 60 days ago; return how many."""
    moment = clock.now()
    ended = OutgoingMail.status.in_(ENDED)
    forget_words(session, ended & (OutgoingMail.finished_at < moment - KEPT_WORDS) & (OutgoingMail.text_body != ""))
    old = delete(OutgoingMail).where(ended, OutgoingMail.finished_at < moment - KEPT_ROWS)
    return session.execute(old.execution_options(**_PLAIN)).rowcount  # type: ignore[attr-defined, no-any-return]


_PLAIN: Final[dict[str, Any]] = {"synchronize_session": False}
