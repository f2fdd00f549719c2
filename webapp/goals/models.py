"""Goals, the terms that held when, and what became of each period."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import clock
from webapp.db.base import Base, new_id
from webapp.db.columns import UtcDateTime, enum_by_value
from webapp.goals.types import TargetType, TimePeriod

# Rows are found by their key and nothing else, so on SQLite the key is where they live.
BY_KEY = {"sqlite_with_rowid": False}
IS_DUE = text("due_at IS NOT NULL")


class Goal(Base):
    """What a person wants to reach in each day, week or month.

    `since` is when it began to count: when it was made, or when its type, period or category last changed.
    `offer_id` is the offer that it was made from, if any.

    The last three columns say how far its snapshots are: all periods that ended by `closed_through` have theirs, cut
    by the zone and first weekday in `sliced_by`; at `due_at` there is something to write again. Reads do not trust
    more than that, so they are exact however late that happens.
    """

    __tablename__ = "goals"
    __table_args__ = (
        Index("ix_goals_user_id", "user_id"),
        Index("ix_goals_school_id", "school_id"),
        Index("ix_goals_category_id", "category_id"),
        Index("ix_goals_offer_id", "offer_id"),
        Index("ix_goals_due_at", "due_at", sqlite_where=IS_DUE, postgresql_where=IS_DUE),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    school_id: Mapped[UUID | None] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    category_id: Mapped[UUID | None] = mapped_column(ForeignKey("categories.id", ondelete="CASCADE"))
    offer_id: Mapped[UUID | None] = mapped_column(ForeignKey("goal_offers.id", ondelete="SET NULL"))
    name: Mapped[str] = mapped_column(String(100))
    target_type: Mapped[TargetType] = mapped_column(enum_by_value(TargetType))
    target_value: Mapped[int]
    time_period: Mapped[TimePeriod] = mapped_column(enum_by_value(TimePeriod))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    since: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    closed_through: Mapped[date | None] = mapped_column(Date)
    sliced_by: Mapped[str | None] = mapped_column(String(70))
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=clock.now)


class GoalTerms(Base):
    """The target of a goal, and whether it was in use, from a local date on until the next row's.

    Kept by date, so that a later move to another zone cannot put a change before the end of a period that had ended.
    """

    __tablename__ = "goal_terms"
    __table_args__ = BY_KEY

    goal_id: Mapped[UUID] = mapped_column(ForeignKey("goals.id", ondelete="CASCADE"), primary_key=True)
    from_date: Mapped[date] = mapped_column(Date, primary_key=True)
    target_value: Mapped[int]
    active: Mapped[bool]


class GoalSnapshot(Base):
    """What a goal reached in one period, as of `written_at`.

    `amount` and `whole` are those of `goals.types.Standing`; `target_value` is the one in force at the period's end.
    One that was written after its period ended is closed: from then on only changes to the raw rows correct it.
    """

    __tablename__ = "goal_snapshots"
    __table_args__ = BY_KEY

    goal_id: Mapped[UUID] = mapped_column(ForeignKey("goals.id", ondelete="CASCADE"), primary_key=True)
    first_date: Mapped[date] = mapped_column(Date, primary_key=True)
    last_date: Mapped[date] = mapped_column(Date)
    target_value: Mapped[int]
    amount: Mapped[int]
    whole: Mapped[int]
    achieved: Mapped[bool]
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)


class GoalMark(Base):
    """A local day whose figures were computed again: snapshots of periods that hold it may no longer be right.

    Written in the transaction that computes the day, and only ever added there, so that it waits for nobody.
    """

    __tablename__ = "goal_marks"
    __table_args__ = (Index("ix_goal_marks_user_id_local_date", "user_id", "local_date"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    local_date: Mapped[date] = mapped_column(Date)


class GoalOffer(Base):
    """A goal that somebody who looks after a class offers to its students; once withdrawn, nobody else can take it."""

    __tablename__ = "goal_offers"
    __table_args__ = (
        Index("ix_goal_offers_class_id", "class_id"),
        Index("ix_goal_offers_school_id", "school_id"),
        Index("ix_goal_offers_offered_by", "offered_by"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    class_id: Mapped[UUID] = mapped_column(ForeignKey("class_groups.id", ondelete="CASCADE"))
    offered_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    name: Mapped[str] = mapped_column(String(100))
    target_type: Mapped[TargetType] = mapped_column(enum_by_value(TargetType))
    target_value: Mapped[int]
    time_period: Mapped[TimePeriod] = mapped_column(enum_by_value(TimePeriod))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class GoalOfferAnswer(Base):
    """What a student answered to an offer; no row, no answer yet."""

    __tablename__ = "goal_offer_answers"
    __table_args__ = (Index("ix_goal_offer_answers_user_id", "user_id"), BY_KEY)

    offer_id: Mapped[UUID] = mapped_column(ForeignKey("goal_offers.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    accepted: Mapped[bool]
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
