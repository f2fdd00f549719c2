"""People, and what proves that a request comes from one."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import clock
from webapp.core.permissions import Role
from webapp.db.base import Base, new_id
from webapp.db.columns import UtcDateTime, enum_by_value


class Theme(StrEnum):
    """How pages are coloured; `auto` follows the device."""

    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


class User(Base):
    """A person. `email` is kept in lower case; `time_zone` is None where the school's holds."""

    __tablename__ = "users"
    __table_args__ = (Index("ix_users_school_id_role", "school_id", "role"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[UUID | None] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    email: Mapped[str] = mapped_column(String(254), unique=True)
    first_name: Mapped[str] = mapped_column(String(100), default="")
    last_name: Mapped[str] = mapped_column(String(100), default="")
    role: Mapped[Role] = mapped_column(enum_by_value(Role))
    time_zone: Mapped[str | None] = mapped_column(String(64))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    theme: Mapped[Theme] = mapped_column(enum_by_value(Theme), default=Theme.AUTO)
    shortcuts_enabled: Mapped[bool] = mapped_column(default=True)
    checklist_dismissed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    active: Mapped[bool] = mapped_column(default=True)
    is_demo: Mapped[bool] = mapped_column(default=False)
    stats_version: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    @property
    def name(self) -> str:
        """Return the full name, or the address where no name is known."""
        return f"{self.first_name} {self.last_name}".strip() or self.email


class UserSession(Base):
    """A browser that is signed in; only a hash of its secret is kept."""

    __tablename__ = "user_sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    address: Mapped[str] = mapped_column(String(45), default="")
    user_agent: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ApiToken(Base):
    """A secret with which a program acts as its user; only its hash is kept. `scopes` are separated by spaces."""

    __tablename__ = "api_tokens"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    scopes: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SignInFailure(Base):
    """A sign-in that failed; kept for the limits, by a hash of the account that was named."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (Index("ix_sign_in_failures_account_hash_failed_at", "account_hash", "failed_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    account_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    address: Mapped[str] = mapped_column(String(45))
    failed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, index=True)


class IdempotencyKey(Base):
    """The first answer to a creating request, given again when the same request comes again."""

    __tablename__ = "idempotency_keys"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    status: Mapped[int]
    body: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, index=True)


class LinkPurpose(StrEnum):
    """What a link that sets a password was mailed for."""

    RESET = "reset"
    INVITATION = "invitation"


class PasswordLink(Base):
    """A link that lets whoever has it set a person's password, once and for a while; only its hash is kept."""

    __tablename__ = "password_links"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    purpose: Mapped[LinkPurpose] = mapped_column(enum_by_value(LinkPurpose))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ResetRequest(Base):
    """Somebody asked for a new password for an address, whether or not anybody has it; a job answers.

    `email` is emptied by the answer; the hash stays for the limits.
    """

    __tablename__ = "reset_requests"
    __table_args__ = (
        Index("ix_reset_requests_account_hash_requested_at", "account_hash", "requested_at"),
        Index("ix_reset_requests_address_requested_at", "address", "requested_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    account_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    email: Mapped[str] = mapped_column(String(254))
    address: Mapped[str] = mapped_column(String(45))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, index=True)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
