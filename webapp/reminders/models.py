"""Who wants which reminder, when it is next due, and on which day one was sent."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import clock
from webapp.db.base import Base
from webapp.db.columns import UtcDateTime, enum_by_value

# Rows are found by their key and nothing else, so on SQLite the key is where they live.
BY_KEY = {"sqlite_with_rowid": False}


class ReminderKind(StrEnum):
    """What a reminder is about."""

    WEEKLY_DIGEST = "weekly_digest"
    GOAL_AT_RISK = "goal_at_risk"


class ReminderSettings(Base):
    """A person's quiet hours, in minutes after midnight where they live; no row, or None, means none.

    From `quiet_from` until just before `quiet_until`, over midnight where the second is the smaller one.
    """

    __tablename__ = "reminder_settings"
    __table_args__ = (
        CheckConstraint("quiet_from BETWEEN 0 AND 1439", name="quiet_from"),
        CheckConstraint("quiet_until BETWEEN 0 AND 1439 AND quiet_until <> quiet_from", name="quiet_until"),
        CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name="quiet_both"),
        BY_KEY,
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    quiet_from: Mapped[int | None] = mapped_column(SmallInteger)
    quiet_until: Mapped[int | None] = mapped_column(SmallInteger)


class ReminderSubscription(Base):
    """A reminder that a person has switched on. `due_at` is when a job looks at it next.

    `named` holds, by goal id, the first date of the period in which that goal was last written about.
    """

    __tablename__ = "reminder_subscriptions"
    __table_args__ = (Index("ix_reminder_subscriptions_due_at", "due_at"), BY_KEY)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[ReminderKind] = mapped_column(enum_by_value(ReminderKind), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    named: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


class ReminderDay(Base):
    """A local date on which a person got a reminder: there is one at most, whatever its kind."""

    __tablename__ = "reminder_days"
    __table_args__ = BY_KEY

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    local_date: Mapped[date] = mapped_column(Date, primary_key=True)
    kind: Mapped[ReminderKind] = mapped_column(enum_by_value(ReminderKind))
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, index=True)
