"""What people did, and how often on which day.

Rows of `activity_events` go after 90 days. The tables of days are written in the transaction of the rows that they
count, and stay, so that no figure changes when rows go.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Date, ForeignKey, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.activity.types import ActivityType
from webapp.db.base import Base, new_id
from webapp.db.columns import UtcDateTime, enum_by_value

BY_KEY = {"sqlite_with_rowid": False}
LONGEST_NAME = 80
LONGEST_ADDRESS = 45
LONGEST_USER_AGENT = 300
STILL_WHOLE = text("address_is_whole")
_Type = enum_by_value(ActivityType)


class ActivityEvent(Base):
    """One thing that a person did, or tried to do.

    `details` holds ids and choices from the request, never text that somebody wrote. `address_is_whole` says that the
    address still has to be shortened.
    """

    __tablename__ = "activity_events"
    __table_args__ = (
        Index("ix_activity_events_user_id_occurred_at", "user_id", "occurred_at", "id"),
        Index("ix_activity_events_school_id_occurred_at", "school_id", "occurred_at", "id"),
        Index("ix_activity_events_school_id_type_occurred_at", "school_id", "type", "occurred_at", "id"),
        Index("ix_activity_events_occurred_at", "occurred_at", "id"),
        Index("ix_activity_events_type_occurred_at", "type", "occurred_at", "id"),
        Index(
            "ix_activity_events_whole_addresses",
            "occurred_at",
            sqlite_where=STILL_WHOLE,
            postgresql_where=STILL_WHOLE,
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[UUID | None] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    type: Mapped[ActivityType] = mapped_column(_Type)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[int] = mapped_column(SmallInteger)
    details: Mapped[dict[str, Any]] = mapped_column("metadata", JSON, default=dict)
    address: Mapped[str] = mapped_column(String(LONGEST_ADDRESS), default="")
    address_is_whole: Mapped[bool] = mapped_column(default=True)
    user_agent: Mapped[str] = mapped_column(String(LONGEST_USER_AGENT), default="")


class ActivityDay(Base):
    """That a person was active on a date of their school (of UTC where they have none), and how often."""

    __tablename__ = "activity_days"
    __table_args__ = (Index("ix_activity_days_school_id_day", "school_id", "day", "user_id"), BY_KEY)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    school_id: Mapped[UUID | None] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    activities: Mapped[int]


class ActivityDayType(Base):
    """How often a person did things of a type on a date; the rows of a date sum to its `ActivityDay`."""

    __tablename__ = "activity_day_types"
    __table_args__ = (BY_KEY,)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    type: Mapped[ActivityType] = mapped_column(_Type, primary_key=True)
    activities: Mapped[int]


class ActivitySchoolDay(Base):
    """How many people of a school were active on a date, and how often: what its days sum to.

    A person who is deleted takes their own days along, and leaves these totals as they were.
    """

    __tablename__ = "activity_school_days"
    __table_args__ = (BY_KEY,)

    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    people: Mapped[int]
    activities: Mapped[int] = mapped_column(BigInteger)


class ActivitySchoolType(Base):
    """How often people of a school did things of a type on a date."""

    __tablename__ = "activity_school_types"
    __table_args__ = (BY_KEY,)

    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    type: Mapped[ActivityType] = mapped_column(_Type, primary_key=True)
    activities: Mapped[int] = mapped_column(BigInteger)


class ActivityLessonDay(Base):
    """How often a person opened a lesson on a date. Lessons are named without a foreign key: rows are written late."""

    __tablename__ = "activity_lesson_days"
    __table_args__ = (Index("ix_activity_lesson_days_school_id", "school_id"), BY_KEY)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    lesson_id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    views: Mapped[int]


class ActivitySchoolLesson(Base):
    """How often people of a school opened a lesson on a date."""

    __tablename__ = "activity_school_lessons"
    __table_args__ = (BY_KEY,)

    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    lesson_id: Mapped[UUID] = mapped_column(primary_key=True)
    views: Mapped[int] = mapped_column(BigInteger)


class ActivityLast(Base):
    """When a person last opened a page, on which date, and when they last did something that counts.

    Whoever was here since a moment is found by index.
    """

    __tablename__ = "activity_last"
    __table_args__ = (
        Index("ix_activity_last_school_id_seen_at", "school_id", "seen_at"),
        Index("ix_activity_last_school_id_day", "school_id", "day"),
        BY_KEY,
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    school_id: Mapped[UUID | None] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    acted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    day: Mapped[date] = mapped_column(Date)
