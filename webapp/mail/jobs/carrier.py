"""Handing mails to Flask-Mailman, and telling apart what its backends say."""

from __future__ import annotations

import smtplib
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING, Any, Final

from flask import current_app
from flask_mailman import BadHeaderError, EmailMultiAlternatives

from webapp.core import clock
from webapp.core.timings import timed
from webapp.extensions import mail as mailman
from webapp.mail.models import MailStatus
from webapp.mail.types import Verdict
from webapp.web.mail_backends import OutcomeUnknownError

if TYPE_CHECKING:
    from webapp.mail.types import Ready

FIRST_PERMANENT: Final = 500
# The account or the connection is refused, not the mail: every other mail would fare the same.
ABOUT_US: Final = frozenset({421, 450, 454, 530, 534, 535, 538})


class MailmanCarrier:
    """Carries mails by the backend of the present application's settings, on one connection."""

    def __init__(self) -> None:
        """Connect to nothing yet."""
        self._backend: Any = mailman.get_connection()

    def open(self) -> str:
        """Connect and sign in; return why that is impossible just now, or an empty text."""
        try:
            self._backend.open()
        except (OSError, ValueError) as error:
            return _words(error)
        return ""

    def close(self) -> None:
        """Take leave of the mail server."""
        self._backend.close()

    @timed("mail.hand_over")
    def hand_over(self, mail: Ready) -> Verdict:
        """Hand one mail over and return what came of it."""
        try:
            message = compose(mail)
            message.message()  # heads that could be broken out of are refused here, before anything leaves
        except (BadHeaderError, ValueError, UnicodeError) as error:
            return Verdict(MailStatus.FAILED, _words(error))
        try:
            self._backend.send_messages([message])
        except OutcomeUnknownError as error:
            return Verdict(MailStatus.UNKNOWN, f"The mail server fell silent after it had the mail: {error}")
        except OSError as error:  # smtplib's errors are some of these
            return _refusal(error)
        return Verdict(MailStatus.SENT)


def compose(mail: Ready) -> EmailMultiAlternatives:
    """Return the mail as it will leave: its Message-ID is the same at each attempt."""
    message = EmailMultiAlternatives(
        subject=mail.subject, body=mail.text, to=[mail.recipient], headers=_headers(mail), connection=object()
    )
    message.attach_alternative(mail.html, "text/html")
    for file in mail.attachments:
        message.attach(file.file_name, file.content, file.media_type)
    return message


def _headers(mail: Ready) -> dict[str, str]:
    domain = parseaddr(current_app.config["MAIL_DEFAULT_SENDER"])[1].rpartition("@")[2]
    headers = {
        "Message-ID": f"<{mail.id.hex}@{domain}>",
        "Date": format_datetime(clock.now()),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    if mail.unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{mail.unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _refusal(error: OSError) -> Verdict:
    """Return what a definite no means: for good (5xx about this mail) or for now (anything else)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = max((code for code, _ in error.recipients.values()), default=0)
    elif isinstance(error, smtplib.SMTPResponseException):
        code = error.smtp_code
    else:
        return Verdict(MailStatus.QUEUED, _words(error), stop=not isinstance(error, smtplib.SMTPException))
    for_good = code >= FIRST_PERMANENT and code not in ABOUT_US
    return Verdict(MailStatus.FAILED if for_good else MailStatus.QUEUED, _words(error), stop=code in ABOUT_US)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
