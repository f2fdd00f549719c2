"""Who does not want the weekly report, and for which Mondays somebody was seen to."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Boolean, Date, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import clock
from webapp.db.base import Base
from webapp.db.columns import UtcDateTime

# Rows are found by their key and nothing else, so on SQLite the key is where they live.
BY_KEY = {"sqlite_with_rowid": False}


class ReportChoice(Base):
    """What a person said about the weekly report; who said nothing gets it."""

    __tablename__ = "report_choices"
    __table_args__ = BY_KEY

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    wanted: Mapped[bool] = mapped_column(Boolean)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


class ReportMonday(Base):
    """A Monday for which a person was seen to, and whether there was anything to write."""

    __tablename__ = "report_mondays"
    __table_args__ = BY_KEY

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    monday: Mapped[date] = mapped_column(Date, primary_key=True)
    written: Mapped[bool] = mapped_column(Boolean)
    seen_to_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, index=True)
