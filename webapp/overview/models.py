"""Sums over the people of a school and of a class, and what each person has given to them.

A sum is never computed from many people when it is read: whoever changes something is marked, and what they give is
taken out of the sums and put in again (ADR 0016). Marks of changes to accounts, enrolments, courses of classes,
progress and activity come from triggers of the database, those of figures of days from the drain of `dirty_days`.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Date, ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.base import Base

# Rows are found by their key and nothing else, so on SQLite the key is where they live.
BY_KEY = {"sqlite_with_rowid": False}


class OverviewMark(Base):
    """What a person gives to the sums has changed: on a date of the school, or as `STATE` and `EVERY` of types.py say.

    Only ever added, never changed, so that no writer waits for another. It outlives the person, whose part is then
    taken out of the sums.
    """

    __tablename__ = "overview_marks"
    __table_args__ = (Index("ix_overview_marks_user_id", "user_id"),)

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True
    )
    user_id: Mapped[UUID]
    day: Mapped[date] = mapped_column(Date)


class OverviewPerson(Base):
    """As whom a person is counted in the sums: `state` is what `webapp.overview.states` writes and reads.

    No foreign key to the person: the row is what is left to take out of the sums when they are deleted.
    """

    __tablename__ = "overview_people"
    __table_args__ = (Index("ix_overview_people_school_id", "school_id"), BY_KEY)

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    state: Mapped[dict[str, Any]] = mapped_column(JSON)


class OverviewPersonDay(Base):
    """What a person gives to the sums of a date of their school, in one course or (nil id) in none.

    `kept_minutes` are those planned and not marked missed. `previous_day` is the active date before this one, where
    `activities` is above 0.
    """

    __tablename__ = "overview_person_days"
    __table_args__ = (Index("ix_overview_person_days_school_id", "school_id"), BY_KEY)

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    course_key: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    xp: Mapped[int] = mapped_column(default=0)
    scheduled_minutes: Mapped[int] = mapped_column(default=0)
    kept_minutes: Mapped[int] = mapped_column(default=0)
    lessons_completed: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    scored: Mapped[int] = mapped_column(default=0)
    score_hundredths: Mapped[int] = mapped_column(default=0)
    activities: Mapped[int] = mapped_column(default=0)
    previous_day: Mapped[date | None] = mapped_column(Date)


class OverviewDay(Base):
    """The sums of a date over everyone of a school, or over those of a class; `scope_id` is the one or the other."""

    __tablename__ = "overview_days"
    __table_args__ = (Index("ix_overview_days_school_id", "school_id"), BY_KEY)

    scope_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    people: Mapped[int] = mapped_column(default=0)
    activities: Mapped[int] = mapped_column(BigInteger, default=0)
    xp: Mapped[int] = mapped_column(BigInteger, default=0)
    scheduled_minutes: Mapped[int] = mapped_column(BigInteger, default=0)
    kept_minutes: Mapped[int] = mapped_column(BigInteger, default=0)
    lessons_completed: Mapped[int] = mapped_column(BigInteger, default=0)
    attempts: Mapped[int] = mapped_column(BigInteger, default=0)
    scored: Mapped[int] = mapped_column(BigInteger, default=0)
    score_hundredths: Mapped[int] = mapped_column(BigInteger, default=0)


class OverviewReturn(Base):
    """How many were active on a date whose active date before it was `previous_day` (the year 1 where there was none).

    Whoever was active in a range was so for the first time in it exactly once: on the date whose `previous_day`
    lies before the range. So distinct people over any range are a sum. `students` have an active account;
    `enrolments` are those in force on the date, in classes that are not archived.
    """

    __tablename__ = "overview_returns"
    __table_args__ = BY_KEY

    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    previous_day: Mapped[date] = mapped_column(Date, primary_key=True)
    people: Mapped[int] = mapped_column(default=0)
    students: Mapped[int] = mapped_column(default=0)
    enrolments: Mapped[int] = mapped_column(default=0)


class OverviewEnrolment(Base):
    """Enrolments that begin on a date, and those whose last date it is, of a class or of all classes of a school.

    An open beginning is the year 1; an open end ends nowhere. With the nil id as `course_key` they are counted, with
    a course that the class takes the percents of its lessons are summed as well. `ALL_DATES` is the row of all dates
    together. So whoever is enrolled on a date, or on any of a range, are all but those who begin later or ended
    before: as many rows as there are dates from the first of the range on, however long the school has been here.
    """

    __tablename__ = "overview_enrolments"
    __table_args__ = (Index("ix_overview_enrolments_school_id", "school_id"), BY_KEY)

    scope_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    course_key: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    begun: Mapped[int] = mapped_column(default=0)
    ended: Mapped[int] = mapped_column(default=0)
    begun_percents: Mapped[int] = mapped_column(BigInteger, default=0)
    ended_percents: Mapped[int] = mapped_column(BigInteger, default=0)
    distinction: Mapped[int] = mapped_column(default=0)
    passed: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    withdrawn: Mapped[int] = mapped_column(default=0)


class OverviewSchool(Base):
    """The students of a school with an active account."""

    __tablename__ = "overview_schools"
    __table_args__ = BY_KEY

    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), primary_key=True)
    students: Mapped[int] = mapped_column(default=0)
