"""Mails on their way, and what became of them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import clock
from webapp.db.base import Base, new_id
from webapp.db.columns import UtcDateTime, enum_by_value


class MailStatus(StrEnum):
    """How far a mail has come (docs/adr/0006)."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    EXPIRED = "expired"


class OutgoingMail(Base):
    """One mail to one address. `key` says what it is about, so that the same is queued once whoever asks twice.

    Subject and bodies are emptied once the mail has left or will not leave any more. `user_id` is whom it is for,
    so that it goes when they go.
    """

    __tablename__ = "outgoing_mails"
    __table_args__ = (
        Index("ix_outgoing_mails_status_send_after", "status", "send_after"),
        Index("ix_outgoing_mails_user_id_created_at", "user_id", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    school_id: Mapped[UUID | None] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), index=True)
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    text_body: Mapped[str] = mapped_column(Text)
    html_body: Mapped[str] = mapped_column(Text)
    unsubscribe_url: Mapped[str] = mapped_column(String(500), default="")
    status: Mapped[MailStatus] = mapped_column(enum_by_value(MailStatus), default=MailStatus.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    send_after: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    not_after: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)


class MailAttachment(Base):
    """A file that goes with a mail; deleted with the mail's text."""

    __tablename__ = "mail_attachments"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    mail_id: Mapped[UUID] = mapped_column(ForeignKey("outgoing_mails.id", ondelete="CASCADE"), index=True)
    file_name: Mapped[str] = mapped_column(String(100))
    media_type: Mapped[str] = mapped_column(String(100))
    content: Mapped[bytes] = mapped_column(LargeBinary)
