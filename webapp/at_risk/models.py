"""What a school looks for, what was found last, and which messages were written about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from webapp.at_risk.scoring import Level
from webapp.core import clock
from webapp.db.base import Base, new_id
from webapp.db.columns import UtcDateTime, enum_by_value

# Rows are found by their key and nothing else, so on SQLite the key is where they live.
BY_KEY = {"sqlite_with_rowid": False}


class RiskRules(Base):
    """From which figures on a school looks at a student; None leaves that reason out. No row, the usual ones."""

    __tablename__ = "risk_rules"
    __table_args__ = (CheckConstraint("medium_from < high_from", name="order"),)

    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), primary_key=True)
    absent_days: Mapped[int | None]
    fall_percent: Mapped[int | None]
    unsubmitted: Mapped[int | None]
    low_score: Mapped[int | None]
    score_fall: Mapped[int | None]
    missed_percent: Mapped[int | None]
    goals_behind: Mapped[int | None]
    medium_from: Mapped[int]
    high_from: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, onupdate=clock.now)


class RiskScore(Base):
    """A student of a class who had at least one reason when the class was last looked at.

    `reasons` are lists of kind, figure, whole (or null) and points, most points first.
    """

    __tablename__ = "risk_scores"
    __table_args__ = (
        Index("ix_risk_scores_class_id_score", "class_id", "score"),
        Index("ix_risk_scores_school_id_score", "school_id", "score"),
        Index("ix_risk_scores_user_id", "user_id"),
        BY_KEY,
    )

    class_id: Mapped[UUID] = mapped_column(ForeignKey("class_groups.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    score: Mapped[int]
    level: Mapped[Level] = mapped_column(enum_by_value(Level))
    reasons: Mapped[list[Any]] = mapped_column(JSON)


class RiskClass(Base):
    """When the students of a class were last looked at, and how many stood where then (`types.RiskCounts`)."""

    __tablename__ = "risk_classes"
    __table_args__ = (Index("ix_risk_classes_school_id", "school_id"), BY_KEY)

    class_id: Mapped[UUID] = mapped_column(ForeignKey("class_groups.id", ondelete="CASCADE"), primary_key=True)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    as_of: Mapped[datetime] = mapped_column(UtcDateTime)
    students: Mapped[int]
    high: Mapped[int]
    medium: Mapped[int]
    low: Mapped[int]
    started: Mapped[int]
    completed: Mapped[int]
    quiet: Mapped[int]


class StudentMessage(Base):
    """That somebody wrote to so many students at once; its id comes with the form, so that it is sent once."""

    __tablename__ = "student_messages"
    __table_args__ = (Index("ix_student_messages_sender_id_created_at", "sender_id", "created_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), index=True)
    sender_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    recipients: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
