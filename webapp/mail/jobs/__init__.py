"""Background work on the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import current_app

from webapp.core import clock
from webapp.db.after_commit import after_commit
from webapp.jobs.queue import enqueue
from webapp.jobs.wrapper import QUICK, job, short_transaction
from webapp.mail import sending, service
from webapp.mail.jobs.carrier import MailmanCarrier
from webapp.web.mail_backends import forget_files

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

KEPT_FILES_SECONDS: Final = 30 * 24 * 3600


@job(queue=QUICK, timeout=300)
def send_mails(session: Session) -> int:  # noqa: ARG001 - each mail is a transaction of its own
    """Send the mails that are due; return how many have left."""
    return sending.send_due(short_transaction, MailmanCarrier())


@job(queue=QUICK, timeout=60)
def forget_mails(session: Session) -> int:
    """Delete what old mails said, then the mails, and old files of the file backend; return how many rows went."""
    count, oldest = service.forget_old(session), clock.now().timestamp() - KEPT_FILES_SECONDS
    after_commit(session, lambda: forget_files(current_app.config["MAIL_FILE_PATH"], oldest))
    return count


def send_soon(session: Session) -> None:
    """Have the outbox worked through once the session has committed; without it, within a minute."""
    after_commit(session, lambda: enqueue(send_mails))
