"""Whose word a school takes for who its people are, and whom that word has named so far."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import clock
from webapp.core.permissions import Role
from webapp.db.base import Base, new_id
from webapp.db.columns import UtcDateTime, enum_by_value


class SchoolProvider(Base):
    """The provider of a school's accounts, and what the school lets it decide.

    `sealed_secret` is sealed with the application's key and never shown again. `role_map` is a list of pairs, a value
    of the claim `role_claim` and the role that it gives; the first that fits counts. `usual_role` is the role of new
    people whom no pair fits; without one they are turned away. `codes_too` asks for a code from the phone even so.
    `leave_too`: whoever signs out here goes by the provider, to be signed out there as well.
    """

    __tablename__ = "school_providers"

    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), primary_key=True)
    label: Mapped[str] = mapped_column(String(60), default="")
    issuer: Mapped[str] = mapped_column(String(500))
    client_id: Mapped[str] = mapped_column(String(300))
    sealed_secret: Mapped[bytes | None] = mapped_column(LargeBinary(2000))
    role_claim: Mapped[str] = mapped_column(String(100), default="")
    role_map: Mapped[list[Any]] = mapped_column(JSON, default=list)
    usual_role: Mapped[Role | None] = mapped_column(enum_by_value(Role))
    may_create: Mapped[bool] = mapped_column(default=False)
    codes_too: Mapped[bool] = mapped_column(default=False)
    passwords_off: Mapped[bool] = mapped_column(default=False)
    leave_too: Mapped[bool] = mapped_column(default=False, server_default=false())
    active: Mapped[bool] = mapped_column(default=True)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


class SchoolDomain(Base):
    """That addresses behind this domain are of a school; one school alone has it."""

    __tablename__ = "school_domains"

    domain: Mapped[str] = mapped_column(String(253), primary_key=True)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), index=True)


class SchoolIdentity(Base):
    """That somebody is whom a provider calls by this subject; good within this school alone."""

    __tablename__ = "school_identities"
    __table_args__ = (
        UniqueConstraint("school_id", "issuer", "subject", name="uq_school_identities_school_id_issuer_subject"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    issuer: Mapped[str] = mapped_column(String(500))
    subject: Mapped[str] = mapped_column(String(255))
    linked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    last_used_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
