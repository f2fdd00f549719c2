"""Class groups, who teaches them, and who studies in them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column, validates

from webapp.core import clock
from webapp.core.text import folded
from webapp.db.base import Base, new_id
from webapp.db.columns import UtcDateTime, enum_by_value, plain_order
from webapp.schools.models import LeaderboardMode

LONGEST_KEY = 300  # folding makes a text longer at times
LONGEST_NAME_KEY = 100  # of so many letters the order is right; whoever shares them stands by id


class Outcome(StrEnum):
    """How an enrolment ended."""

    DISTINCTION = "distinction"
    PASS = "pass"  # noqa: S105 - what a student did, no secret
    FAIL = "fail"
    WITHDRAWN = "withdrawn"


def _search_text(context: Any) -> str:
    return folded(str(context.get_current_parameters()["name"]))[:LONGEST_KEY]


class ClassGroup(Base):
    """A class of one school.

    `term_id` names one of the school's terms; where the class was given a term that the school does not have (any
    more), `term_label` keeps the words instead. `leaderboard_mode` None means the school's. `search_text` is the
    name in the form in which names are searched and sorted.
    """

    __tablename__ = "class_groups"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="order"),
        CheckConstraint("term_id IS NULL OR term_label IS NULL", name="one_term"),
        Index("ix_class_groups_school_id_search_text", "school_id", "search_text", "id"),
        Index("ix_class_groups_search_text", "search_text", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(100))
    search_text: Mapped[str] = mapped_column(String(LONGEST_KEY), default=_search_text)
    term_id: Mapped[UUID | None] = mapped_column(ForeignKey("terms.id", ondelete="SET NULL"), index=True)
    term_label: Mapped[str | None] = mapped_column(String(100))
    starts_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    leaderboard_mode: Mapped[LeaderboardMode | None] = mapped_column(enum_by_value(LeaderboardMode))
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    @validates("name")
    def _keep_search_text(self, _key: str, name: str) -> str:
        self.search_text = folded(name)[:LONGEST_KEY]
        return name


class ClassTeacher(Base):
    """That a person teaches a class of their school."""

    __tablename__ = "class_teachers"
    __table_args__ = (
        Index("ix_class_teachers_user_id", "user_id", "class_id"),
        {"sqlite_with_rowid": False},
    )

    class_id: Mapped[UUID] = mapped_column(ForeignKey("class_groups.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), index=True)


class Enrolment(Base):
    """That a student studies in a class of their school.

    `begins_on` and `ends_on` are local dates of the school, both inclusive; None leaves that end open. `name_key` and
    `open_account` repeat the student's search text and whether their account is open: triggers of the database write
    them (webapp/classes/triggers.py), for the list of a class is in this order.
    """

    __tablename__ = "enrolments"
    __table_args__ = (
        CheckConstraint("ends_on >= begins_on", name="order"),
        UniqueConstraint("class_id", "user_id"),
        # Counting who is in a class today reads this index and no row.
        Index("ix_enrolments_class_id_begins_on_ends_on", "class_id", "begins_on", "ends_on"),
        # A page of a class by name reads this index, and only the rows that it shows.
        Index(
            "ix_enrolments_class_id_name_key",
            *("class_id", "name_key", "user_id", "begins_on", "ends_on", "open_account"),
        ),
        Index("ix_enrolments_user_id", "user_id", "class_id"),
        Index("ix_enrolments_school_id", "school_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    class_id: Mapped[UUID] = mapped_column(ForeignKey("class_groups.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    begins_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    name_key: Mapped[str] = mapped_column(plain_order(LONGEST_NAME_KEY), default="", server_default="")
    open_account: Mapped[bool] = mapped_column(default=True, server_default=true())
    outcome: Mapped[Outcome | None] = mapped_column(enum_by_value(Outcome))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
