"""The entries of the audit log and the heads of its chains."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.base import Base, new_id
from webapp.db.columns import UtcDateTime

# Whatever belongs to no school stands in a chain of its own.
INSTALLATION = UUID(int=0)


class AuditEntry(Base):
    """That somebody did something; never changed and never deleted, which the database itself refuses.

    `chain_id` is the school's id, or `INSTALLATION`. `actor_id` is who did it, None for commands and jobs, and
    `as_user_id` whom they acted as. Ids stand alone, without foreign keys: a person who was erased leaves a number that
    leads to nobody. `digest` binds the entry to all before it in its chain.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_occurred_at", "occurred_at", "id"),
        Index("ix_audit_entries_chain_id_occurred_at", "chain_id", "occurred_at", "id"),
        Index("ix_audit_entries_actor_id", "actor_id", "occurred_at", "id"),
        Index("ix_audit_entries_target_id", "target_id", "occurred_at", "id"),
        Index("ix_audit_entries_action", "action", "occurred_at", "id"),
    )

    chain_id: Mapped[UUID] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    id: Mapped[UUID] = mapped_column(unique=True, default=new_id)
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[UUID | None]
    actor_role: Mapped[str | None] = mapped_column(String(20))
    as_user_id: Mapped[UUID | None]
    action: Mapped[str] = mapped_column(String(60))
    target_kind: Mapped[str | None] = mapped_column(String(40))
    target_id: Mapped[UUID | None]
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
    address: Mapped[str] = mapped_column(String(50))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))


class AuditChain(Base):
    """How long a chain is and the digest of its last entry; its row is the lock under which the chain grows."""

    __tablename__ = "audit_chains"

    chain_id: Mapped[UUID] = mapped_column(primary_key=True)
    length: Mapped[int] = mapped_column(BigInteger)
    head: Mapped[bytes] = mapped_column(LargeBinary(32))
