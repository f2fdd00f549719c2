"""A school's terms and holidays, and the days that a person takes off."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, validates

from webapp.core import clock
from webapp.core.text import folded
from webapp.db.base import Base, new_id
from webapp.db.columns import UtcDateTime

LONGEST_KEY = 300  # folding makes a text longer at times


def _name_key(context: Any) -> str:
    return folded(str(context.get_current_parameters()["name"]))[:LONGEST_KEY]


class Term(Base):
    """Dates in which a school teaches, both inclusive. `name_key` is the name without regard to case."""

    __tablename__ = "terms"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="order"),
        UniqueConstraint("school_id", "name_key"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = mapped_column(String(LONGEST_KEY), default=_name_key)
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    @validates("name")
    def _keep_key(self, _key: str, name: str) -> str:
        self.name_key = folded(name)[:LONGEST_KEY]
        return name


class Holiday(Base):
    """Dates on which a school rests, both inclusive, whether they lie in a term or not."""

    __tablename__ = "holidays"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="order"),
        Index("ix_holidays_school_id_starts_on", "school_id", "starts_on"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(100))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


class DayOff(Base):
    """A local date that a person takes off."""

    __tablename__ = "days_off"
    # Rows are found by their key and nothing else, so on SQLite the key is where they live.
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy reads it, nothing changes it

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    local_date: Mapped[date] = mapped_column(Date, primary_key=True)
