"""People, and what proves that a request comes from one."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String, event, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.accounts.words import LONGEST_SEARCH_TEXT, LONGEST_WORD, search_text_of
from webapp.core import clock
from webapp.core.permissions import Role
from webapp.db.base import Base, new_id
from webapp.db.columns import EPOCH, UtcDateTime, enum_by_value, plain_order

SEARCHED = ("last_name", "first_name", "username", "email")


class Theme(StrEnum):
    """How pages are coloured; `auto` follows the device."""

    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


def _search_text(context: Any) -> str:
    given = context.get_current_parameters()
    return search_text_of(*(given.get(name) for name in SEARCHED))


class User(Base):
    """A person. `email` and `username` are kept in lower case; `time_zone` is None where the school's holds.

    `search_text` is the words of the name, the user name and the address, last name first: what lists of people are
    sorted by. The database itself keeps `user_words` and `user_tallies` in step with it, whoever writes (ADR 0011).
    `last_seen_at` is 1970 for those who were never here, and some minutes late for the others.
    `nickname` is what leaderboards call them, `nickname_key` the same without regard to case, taken once in a school.
    `on_leaderboard` is what they said; None while they have said nothing.
    """

    __tablename__ = "users"
    __table_args__ = (
        Index("uq_users_username", "username", unique=True),
        Index("ix_users_search_text", "search_text", "id"),
        Index("ix_users_school_id_search_text", "school_id", "search_text", "id"),
        Index("ix_users_role_search_text", "role", "search_text", "id"),
        Index("ix_users_school_id_role_search_text", "school_id", "role", "search_text", "id"),
        Index(
            "ix_users_inactive",
            "search_text",
            "id",
            postgresql_where=text("NOT active"),
            sqlite_where=text("active = 0"),
        ),
        Index("ix_users_last_seen_at", "last_seen_at", "id"),
        Index("ix_users_school_id_last_seen_at", "school_id", "last_seen_at", "id"),
        Index("uq_users_school_id_nickname_key", "school_id", "nickname_key", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[UUID | None] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    email: Mapped[str] = mapped_column(String(254), unique=True)
    username: Mapped[str | None] = mapped_column(String(100))
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
    nickname: Mapped[str | None] = mapped_column(String(30))
    nickname_key: Mapped[str | None] = mapped_column(String(90))
    on_leaderboard: Mapped[bool | None]
    stats_version: Mapped[int] = mapped_column(BigInteger, default=0)
    search_text: Mapped[str] = mapped_column(plain_order(LONGEST_SEARCH_TEXT), default=_search_text)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=EPOCH)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    @property
    def name(self) -> str:
        """Return the full name, or the address where no name is known."""
        return f"{self.first_name} {self.last_name}".strip() or self.email


@event.listens_for(User, "before_update")
def _keep_search_text(_mapper: Any, _connection: Any, person: User) -> None:
    person.search_text = search_text_of(*(getattr(person, name) for name in SEARCHED))


class UserWord(Base):
    """A word of a person's `search_text`; written by triggers of the database alone."""

    __tablename__ = "user_words"
    __table_args__ = (
        Index("ix_user_words_user_id_word", "user_id", "word"),
        {"sqlite_with_rowid": False},
    )

    word: Mapped[str] = mapped_column(plain_order(LONGEST_WORD), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)


class UserTally(Base):
    """That so many people were added to or taken from those of a school with a role; the sum is how many there are.

    Written by triggers of the database, so that nobody waits for another to count; a job adds rows up. Every change
    that a list of people could show adds a row, if need be of 0 people: the rows' number and the last id tell whether
    a list is still what it was.
    """

    __tablename__ = "user_tallies"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    school_id: Mapped[UUID | None]
    role: Mapped[str] = mapped_column(String(20))
    active: Mapped[bool]
    people: Mapped[int] = mapped_column(BigInteger)


class SignInMethod(StrEnum):
    """What proved at the beginning of a session who somebody is."""

    PASSWORD = "password"  # noqa: S105 - the name of a way in
    CODE = "code"
    SCHOOL = "school"
    SCHOOL_CODE = "school_code"


class UserSession(Base):
    """A browser that is signed in; only a hash of its secret is kept. `method` is how its person came in.

    Where an admin looks at Milepost as this person, `impersonator_id` is the admin and `impersonator_session_id` the
    session that they come from and go back to.
    """

    __tablename__ = "user_sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    address: Mapped[str] = mapped_column(String(45), default="")
    user_agent: Mapped[str] = mapped_column(String(300), default="")
    method: Mapped[str] = mapped_column(String(20), default=SignInMethod.PASSWORD)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    impersonator_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    impersonator_session_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("user_sessions.id", ondelete="CASCADE"), index=True
    )


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
