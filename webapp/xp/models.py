"""The points ledger: rows are added, never changed. What it comes to per period, and what things are worth."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import clock
from webapp.db.base import Base, new_id
from webapp.db.columns import UtcDateTime, enum_by_value

LONGEST_NAME = 201  # a first and a last name, and the space between them
FOR_ALL_TIME = date(1, 1, 1)  # the first date of the period that has no end
WIDE = 256  # points in a wide step of `StandingCount`
BY_CODE_POINT = String(LONGEST_NAME).with_variant(String(LONGEST_NAME, collation="C"), "postgresql")


class XpReason(StrEnum):
    """What points were given for."""

    TASK_COMPLETED = "task_completed"
    LESSON_COMPLETED = "lesson_completed"
    QUIZ_SUBMITTED = "quiz_submitted"
    GOAL_ACHIEVED = "goal_achieved"


class Note(StrEnum):
    """What is particular about a line of the ledger; a plain award has none."""

    UNDONE = "undone"
    RULES = "rules"
    REPEATED = "repeated"
    TOO_MANY = "too_many"
    COUNTED = "counted"


class XpEntry(Base):
    """An award, or (with a negative amount) the taking back of one, counted at the instant of its cause.

    `withheld` is what the guard against farming does not count of it. `acted_at` is when the person did it; only
    where it is set the guard looks. `note` is a `Note`.
    """

    __tablename__ = "xp_entries"
    __table_args__ = (
        Index("ix_xp_entries_user_id_earned_at", "user_id", "earned_at"),
        Index("ix_xp_entries_user_id_acted_at", "user_id", "acted_at"),
        Index("ix_xp_entries_source_id", "source_id"),
        Index("ix_xp_entries_school_id_earned_at", "school_id", "earned_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    school_id: Mapped[UUID | None] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    amount: Mapped[int]
    withheld: Mapped[int] = mapped_column(default=0)
    reason: Mapped[XpReason] = mapped_column(enum_by_value(XpReason, length=30))
    source_id: Mapped[UUID]
    label: Mapped[str] = mapped_column(String(200), default="")
    note: Mapped[str | None] = mapped_column(String(20))
    earned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    acted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


class SchoolRules(Base):
    """What a school gives points for; without a row the usual rules hold. `quiz_full_score` is for 100 %."""

    __tablename__ = "xp_rules"
    __table_args__ = ({"sqlite_with_rowid": False},)

    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), primary_key=True)
    task_low: Mapped[int]
    task_medium: Mapped[int]
    task_high: Mapped[int]
    lesson_completed: Mapped[int]
    quiz_full_score: Mapped[int]
    goal_daily: Mapped[int]
    goal_weekly: Mapped[int]
    goal_monthly: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


class Timeframe(StrEnum):
    """Over what points are compared: the running day, week or month of the school, or all time."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    ALL = "all"


class Standing(Base):
    """A person's points in a period of their school: the ledger, added up in the transaction that writes it.

    `minus_xp` is the points below zero, so that one index has a leaderboard's order: most points first, then by name.
    Kept for `all` (which begins on the first date there is) and for periods that were not over when the points were
    written. `listing` says whether the person may stand on leaderboards (`webapp.xp.standings.Listing`) and
    `display_name` under which name; triggers of the database keep both as the person's row has them, and count the
    rows in `standing_counts` (ADR 0008).
    """

    __tablename__ = "standings"
    __table_args__ = (
        Index(
            "ix_standings_order",
            *("school_id", "timeframe", "first_date", "listing"),
            *("minus_xp", "display_name", "user_id"),
        ),
        {"sqlite_with_rowid": False},
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    timeframe: Mapped[Timeframe] = mapped_column(enum_by_value(Timeframe), primary_key=True)
    first_date: Mapped[date] = mapped_column(Date, primary_key=True)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    listing: Mapped[int] = mapped_column(SmallInteger)
    minus_xp: Mapped[int]
    display_name: Mapped[str] = mapped_column(BY_CODE_POINT)


class StandingCount(Base):
    """How many people stand in a period with `low` to `low + width` (exclusive) points; triggers keep it."""

    __tablename__ = "standing_counts"
    __table_args__ = (
        CheckConstraint("people >= 0", name="people"),
        {"sqlite_with_rowid": False},
    )

    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), primary_key=True)
    timeframe: Mapped[Timeframe] = mapped_column(enum_by_value(Timeframe), primary_key=True)
    first_date: Mapped[date] = mapped_column(Date, primary_key=True)
    listing: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    width: Mapped[int] = mapped_column(primary_key=True)
    low: Mapped[int] = mapped_column(primary_key=True)
    people: Mapped[int]


class ClassStanding(Base):
    """How many of a class stand in a period, and their points: what a date of the class changes in both.

    A date is the first on which an enrolment holds (`FOR_ALL_TIME` where it always did) or the one after its last;
    who is enrolled on a date is the sum of all rows up to it. Triggers keep it (webapp/xp/class_triggers.py), and dates
    that are past everywhere become one row, so that a school has some rows for each class.
    """

    __tablename__ = "class_standings"
    __table_args__ = (Index("ix_class_standings_class_id", "class_id"), {"sqlite_with_rowid": False})

    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), primary_key=True)
    timeframe: Mapped[Timeframe] = mapped_column(enum_by_value(Timeframe), primary_key=True)
    first_date: Mapped[date] = mapped_column(Date, primary_key=True)
    class_id: Mapped[UUID] = mapped_column(ForeignKey("class_groups.id", ondelete="CASCADE"), primary_key=True)
    listing: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    people: Mapped[int]
    xp: Mapped[int] = mapped_column(BigInteger)


class StandingVersion(Base):
    """Grows, by triggers, with everything that a leaderboard of the school shows.

    `sliced_by` says with which calendar (zone and first weekday) its standings were added up; empty before the first
    time. Leaderboards are shown only while it is the school's.
    """

    __tablename__ = "standing_versions"

    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, default=0)
    sliced_by: Mapped[str] = mapped_column(String(80), default="")
