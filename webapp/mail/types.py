"""What goes into the outbox and what comes out of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from webapp.mail.models import MailStatus

LONGEST_SUBJECT: Final = 200
ADDRESS: Final = re.compile(r"""[^\s@"(),:;<>\[\]\\]+@[^\s@"(),:;<>\[\]\\]+""")
FILE_NAME: Final = re.compile(r"[\w][\w .-]{0,99}", re.ASCII)
MEDIA_TYPE: Final = re.compile(r"[a-z]+/[\w.+-]+", re.ASCII)


def is_address(text: str) -> bool:
    """Tell whether the text is one mail address, and nothing besides."""
    return text.isprintable() and ADDRESS.fullmatch(text) is not None


class UnsafeMailError(ValueError):
    """Something that would stand in a mail's head could break out of it."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to go with a mail. The name is plain: letters, digits, space, dot, dash, underline."""

    file_name: str
    media_type: str
    content: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse names and types that could say more than themselves."""
        if not FILE_NAME.fullmatch(self.file_name) or not MEDIA_TYPE.fullmatch(self.media_type):
            raise UnsafeMailError("A file's name or type cannot stand in a mail.")


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to one address.

    `key` names the occasion, such as `digest:PERSON:2026-11-16`; a second mail of the same key is not queued.
    `kind` is a word for lists and never personal. `not_after` is when it is no longer worth sending, or allowed.
    `unsubscribe_url` is an address that takes a POST without a session (RFC 8058); empty for mails that someone
    has just asked for.
    """

    key: str
    kind: str
    recipient: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    user_id: UUID | None = None
    school_id: UUID | None = None
    unsubscribe_url: str = field(default="", repr=False)
    send_after: datetime | None = None
    not_after: datetime | None = None
    attachments: tuple[Attachment, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what could break out of a header."""
        if not is_address(self.recipient):
            raise UnsafeMailError("This is not one mail address.")
        for text in (self.subject, self.unsubscribe_url):
            if not text.isprintable():
                raise UnsafeMailError("A subject or an address has characters that are not for printing.")
        if not self.subject or len(self.subject) > LONGEST_SUBJECT:
            raise UnsafeMailError("A subject has 1 to 200 characters.")


@dataclass(frozen=True, slots=True)
class Ready:
    """A mail that has been claimed for sending, complete; `attempt` counts from 1."""

    id: UUID
    kind: str
    recipient: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    unsubscribe_url: str = field(repr=False)
    attempt: int = 1
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of an attempt: sent, refused for good or for now, or unknown; `problem` says why not.

    `status` QUEUED means that it may be tried again. `stop` says that the next mail would fare the same.
    """

    status: MailStatus
    problem: str = ""
    stop: bool = False


class MailRow(NamedTuple):
    """A mail in a list: what became of it, without what it says."""

    id: UUID
    key: str
    kind: str
    recipient: str
    status: MailStatus
    attempts: int
    problem: str
    created_at: datetime
    send_after: datetime
    finished_at: datetime | None
