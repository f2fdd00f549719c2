"""The points ledger: rows are added, never changed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import clock
from webapp.db.base import Base, new_id
from webapp.db.columns import UtcDateTime, enum_by_value


class XpReason(StrEnum):
    """What points were given for."""

    TASK_COMPLETED = "task_completed"
    LESSON_COMPLETED = "lesson_completed"
    QUIZ_SUBMITTED = "quiz_submitted"
    GOAL_ACHIEVED = "goal_achieved"


class XpEntry(Base):
    """An award, or (with a negative amount) the taking back of one, counted at the instant of its cause."""

    __tablename__ = "xp_entries"
    __table_args__ = (
        Index("ix_xp_entries_user_id_earned_at", "user_id", "earned_at"),
        Index("ix_xp_entries_source_id", "source_id"),
        Index("ix_xp_entries_school_id_earned_at", "school_id", "earned_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    school_id: Mapped[UUID | None] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    amount: Mapped[int]
    reason: Mapped[XpReason] = mapped_column(enum_by_value(XpReason, length=30))
    source_id: Mapped[UUID]
    label: Mapped[str] = mapped_column(String(200), default="")
    earned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
