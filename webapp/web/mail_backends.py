"""How mail leaves: Flask-Mailman's backends, made exact about what has left and what may have.

SMTP says nothing after a mail's last dot but yes or no; who hears neither cannot know. `OutcomeUnknownError` is that
one moment; every other failure means that the mail has not been taken.
"""

from __future__ import annotations

import contextlib
import os
import smtplib
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from flask_mailman.backends.base import BaseEmailBackend
from flask_mailman.backends.smtp import EmailBackend as PlainSmtpBackend
from flask_mailman.utils import DNS_NAME

if TYPE_CHECKING:
    from flask_mailman import EmailMessage

    from webapp.config import Settings

BACKENDS: Final = {
    "file": "webapp.web.mail_backends.FileEmailBackend",
    "smtp": "webapp.web.mail_backends.SmtpEmailBackend",
}


class OutcomeUnknownError(Exception):
    """The mail server went away after the mail had been handed over and before it answered."""


def mail_settings(settings: Settings) -> dict[str, Any]:
    """Return what Flask-Mailman reads from an application's settings."""
    return {
        "MAIL_BACKEND": BACKENDS.get(settings.mail_backend, settings.mail_backend),
        "MAIL_DEFAULT_SENDER": settings.mail_from,
        "MAIL_FILE_PATH": str(settings.home / "mail"),
        "MAIL_SERVER": settings.mail_host,
        "MAIL_PORT": settings.smtp_port,
        "MAIL_USERNAME": settings.mail_username,
        "MAIL_PASSWORD": settings.mail_password,
        "MAIL_USE_TLS": settings.mail_tls == "starttls",
        "MAIL_USE_SSL": settings.mail_tls == "implicit",
        "MAIL_TIMEOUT": settings.mail_timeout,
    }


class FileEmailBackend(BaseEmailBackend):
    """Writes each mail into a file of its own, named by its Message-ID, that mail programs open.

    Only the owner of the data folder can read them. The same mail written twice is one file.
    """

    def send_messages(self, email_messages: list[EmailMessage]) -> int:
        """Write the mails; each is there whole or not at all."""
        folder = Path(self.mailman.file_path)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for message in email_messages:
            _write(folder, message)
        return len(email_messages)


def _write(folder: Path, message: EmailMessage) -> None:
    mime = message.message()
    name = "".join(letter if letter.isalnum() else "-" for letter in str(mime["Message-ID"]).strip("<>"))
    unfinished = folder / f".{name}.part"
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(mime.as_bytes(linesep="\r\n"))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(folder / f"{name}.eml")


def forget_files(folder: str, before: float) -> None:
    """Delete mails that were written into the folder before that second; what else lies there stays."""
    for pattern in ("*.eml", ".*.part"):
        for path in Path(folder).glob(pattern):
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < before:
                    path.unlink()


class _Watched:
    """Notes whether a mail's text is on its way and nothing has been answered yet."""

    in_doubt = False

    def send(self, s: Any) -> None:
        """Send; of all that is sent, the mail's own text alone is bytes."""
        if isinstance(s, bytes):
            self.in_doubt = True
        super().send(s)  # type: ignore[misc]  # smtplib's, in the classes below

    def data(self, msg: Any) -> Any:
        """Send the text and wait for the answer to it."""
        self.in_doubt = False
        answer = super().data(msg)  # type: ignore[misc]  # as above
        self.in_doubt = False
        return answer


class WatchedSmtp(_Watched, smtplib.SMTP):
    """A connection that begins in the clear."""


class WatchedSmtpSsl(_Watched, smtplib.SMTP_SSL):
    """A connection that is encrypted from the beginning."""


class SmtpEmailBackend(PlainSmtpBackend):
    """Hands mails to a mail server; encryption checks its certificate and name."""

    connection: Any

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        """Return the kind of connection that the settings ask for."""
        return WatchedSmtpSsl if self.use_ssl else WatchedSmtp

    def open(self) -> bool:
        """Connect, encrypt and sign in as the settings say; return whether that was needed.

        Flask-Mailman's own would take any certificate after STARTTLS.
        """
        if self.connection is not None:
            return False
        options: dict[str, Any] = {"local_hostname": DNS_NAME.get_fqdn(), "timeout": self.timeout}
        context = ssl.create_default_context()
        if self.use_ssl:
            options["context"] = context
        connection = self.connection_class(self.host, self.port, **options)
        try:
            if self.use_tls:
                connection.starttls(context=context)
            if self.username:
                connection.login(self.username, self.password)
        except BaseException:
            connection.close()
            raise
        self.connection = connection
        return True

    def close(self) -> None:
        """Take leave; what the server says to that changes nothing about the mails that it took."""
        connection, self.connection = self.connection, None
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.quit()
            connection.close()

    def _send(self, email_message: EmailMessage) -> bool:
        try:
            return bool(super()._send(email_message))
        except OSError as error:  # smtplib's own errors are some of these
            in_doubt = self.connection is not None and self.connection.in_doubt
            if in_doubt or isinstance(error, smtplib.SMTPServerDisconnected) or not _is_answer(error):
                self._drop()
            if in_doubt:
                raise OutcomeUnknownError(str(error)) from error
            raise

    def _drop(self) -> None:
        """Forget a connection that is of no use any more."""
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.close()


def _is_answer(error: OSError) -> bool:
    return isinstance(error, smtplib.SMTPException)
