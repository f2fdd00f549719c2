"""What proves that somebody has their phone, and sign-ins that wait for that proof."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.accounts.models import SignInMethod
from webapp.core import clock
from webapp.db.base import Base, new_id
from webapp.db.columns import UtcDateTime


class SecondFactor(Base):
    """The secret that a person's codes are made from, sealed with the application's key.

    It counts once `confirmed_at` is set. `last_step` is the half-minute of the last code that was taken: no code of it
    or of an earlier one is taken again.
    """

    __tablename__ = "second_factors"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary(300))
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RecoveryCode(Base):
    """A code that stands in for the phone once; only its hash is kept."""

    __tablename__ = "recovery_codes"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PendingSignIn(Base):
    """A browser whose person has proved themselves by `method` and still owes a code; by the hash of its secret."""

    __tablename__ = "pending_sign_ins"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    method: Mapped[str] = mapped_column(String(20), default=SignInMethod.PASSWORD)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class SchoolSignIn(Base):
    """How people of a school sign in; a school without a row asks for passwords alone."""

    __tablename__ = "school_sign_ins"

    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), primary_key=True)
    staff_need_codes: Mapped[bool] = mapped_column(default=False)
