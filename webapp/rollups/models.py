"""Daily figures per person, and the marks that say which of them must be computed again."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Date, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.base import Base
from webapp.db.columns import UtcDateTime

# Rows are found by their key and nothing else, so on SQLite the key is where they live.
BY_KEY = {"sqlite_with_rowid": False}
STILL_OPEN = text("built_at < day_ends_at")


class DirtyDay(Base):
    """A local day whose rollup no longer follows from its raw rows; written in the transaction of the change.

    `mark` is the person's `stats_version` at the newest change, so that a drain removes only what it has seen.
    """

    __tablename__ = "dirty_days"
    __table_args__ = BY_KEY

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    local_date: Mapped[date] = mapped_column(Date, primary_key=True)
    mark: Mapped[int] = mapped_column(BigInteger)


class DailyMetrics(Base):
    """The figures of one person's local day, as METRICS.md "Planner figures" defines them, at `built_at`.

    No row and no mark means that every figure of the day is 0. A row built before its day ended is open: what
    depends on the present moment (`studied_minutes`, `passed_minutes`) is then computed when read.
    """

    __tablename__ = "daily_metrics"
    __table_args__ = (
        Index("ix_daily_metrics_school_id_local_date", "school_id", "local_date"),
        Index("ix_daily_metrics_open_days", "day_ends_at", sqlite_where=STILL_OPEN, postgresql_where=STILL_OPEN),
        BY_KEY,
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    local_date: Mapped[date] = mapped_column(Date, primary_key=True)
    school_id: Mapped[UUID | None] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    day_ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    built_at: Mapped[datetime] = mapped_column(UtcDateTime)
    scheduled_minutes: Mapped[int] = mapped_column(default=0)
    studied_minutes: Mapped[int] = mapped_column(default=0)
    passed_minutes: Mapped[int] = mapped_column(default=0)
    focus_minutes: Mapped[int] = mapped_column(default=0)
    focus_available_minutes: Mapped[int] = mapped_column(default=0)
    completed_tasks_count: Mapped[int] = mapped_column(default=0)
    xp: Mapped[int] = mapped_column(default=0)
    lessons_completed: Mapped[int] = mapped_column(default=0)
    quiz_attempts: Mapped[int] = mapped_column(default=0)


class DailyCategoryMetrics(Base):
    """The part of a day's figures that belongs to one category; `category_key` is its id, or the nil id for none."""

    __tablename__ = "daily_category_metrics"
    __table_args__ = BY_KEY

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    local_date: Mapped[date] = mapped_column(Date, primary_key=True)
    category_key: Mapped[UUID] = mapped_column(primary_key=True)
    scheduled_minutes: Mapped[int] = mapped_column(default=0)
    studied_minutes: Mapped[int] = mapped_column(default=0)
    passed_minutes: Mapped[int] = mapped_column(default=0)
    focus_minutes: Mapped[int] = mapped_column(default=0)
    completed_tasks_count: Mapped[int] = mapped_column(default=0)
