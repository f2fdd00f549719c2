"""What people plan: categories, tasks, slots, focus windows, the study timer and calendar feeds."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, validates

from webapp.core import clock
from webapp.core.text import folded
from webapp.db.base import Base, new_id
from webapp.db.columns import UtcDateTime, enum_by_value


class Priority(StrEnum):
    """How much a task matters."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class TaskStatus(StrEnum):
    """Where a task stands."""

    OPEN = "open"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


# Slots of a cancelled task count nowhere. Named by what counts: PostgreSQL takes "other than" one of few for nothing.
COUNTING: Final = (TaskStatus.OPEN, TaskStatus.COMPLETED)


def _name_key(context: Any) -> str:
    return str(context.get_current_parameters()["name"]).casefold()


def search_text(title: str, notes: str) -> str:
    """Return what a search looks through: neither database folds the case of all letters by itself."""
    return folded(f"{title}\n{notes}")


def _search_text_of_new(context: Any) -> str:
    given = context.get_current_parameters()
    return search_text(given["title"], given.get("notes") or "")


class Category(Base):
    """A person's own subject or area. `color` is a key of the palette in core/colours.py.

    `name_key` is the name without regard to case, so that a name is taken once per person.
    """

    __tablename__ = "categories"
    __table_args__ = (UniqueConstraint("user_id", "name_key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    school_id: Mapped[UUID | None] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    name_key: Mapped[str] = mapped_column(String(180), default=_name_key)
    color: Mapped[str] = mapped_column(String(20))
    archived: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    @validates("name")
    def _keep_key(self, _key: str, name: str) -> str:
        self.name_key = name.casefold()
        return name


class Task(Base):
    """A piece of work. `completed_at` is set exactly while the status is completed.

    `search_text` follows from title and notes; whoever changes those sets it.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint("(status = 'completed') = (completed_at IS NOT NULL)", name="completed_at"),
        Index("ix_tasks_user_id_status_due_at", "user_id", "status", "due_at"),
        Index("ix_tasks_user_id_completed_at", "user_id", "completed_at"),
        Index("ix_tasks_user_id_created_at", "user_id", "created_at"),
        Index("ix_tasks_category_id", "category_id"),
        Index("ix_tasks_school_id", "school_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    school_id: Mapped[UUID | None] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    category_id: Mapped[UUID | None] = mapped_column(ForeignKey("categories.id", ondelete="SET NULL"))
    title: Mapped[str] = mapped_column(String(200))
    notes: Mapped[str] = mapped_column(Text, default="")
    search_text: Mapped[str] = mapped_column(Text, default=_search_text_of_new)
    priority: Mapped[Priority] = mapped_column(enum_by_value(Priority), default=Priority.MEDIUM)
    status: Mapped[TaskStatus] = mapped_column(enum_by_value(TaskStatus), default=TaskStatus.OPEN)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


class Slot(Base):
    """Time planned for a task: whole minutes, at most 24 hours. `import_key` marks what a calendar brought in."""

    __tablename__ = "slots"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="order"),
        UniqueConstraint("user_id", "import_key"),
        Index("ix_slots_user_id_starts_at", "user_id", "starts_at"),
        Index("ix_slots_task_id", "task_id"),
        Index("ix_slots_school_id", "school_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    school_id: Mapped[UUID | None] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    missed: Mapped[bool] = mapped_column(default=False)
    import_key: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


class FocusWindow(Base):
    """Time that a person keeps free for focused work: whole minutes, at most 24 hours."""

    __tablename__ = "focus_windows"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="order"),
        UniqueConstraint("user_id", "import_key"),
        Index("ix_focus_windows_user_id_starts_at", "user_id", "starts_at"),
        Index("ix_focus_windows_school_id", "school_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    school_id: Mapped[UUID | None] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    import_key: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


class StudyTimer(Base):
    """The one timer of a person: either `running_since` or `paused_at` is set; `counted_seconds` are those before."""

    __tablename__ = "study_timers"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"), index=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    running_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    counted_seconds: Mapped[int] = mapped_column(Integer, default=0)


class CalendarFeed(Base):
    """A secret address under which a calendar program reads the person's slots; only its hash is kept."""

    __tablename__ = "calendar_feeds"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ImportTarget(StrEnum):
    """What the events of an imported calendar become."""

    SLOTS = "slots"
    FOCUS = "focus"


class CalendarImport(Base):
    """A calendar file that was read and waits for its person to say yes; `content` holds what was found in it.

    `category_id` is for the tasks that it makes. Once applied, `content` is emptied and the row only remembers that.
    """

    __tablename__ = "calendar_imports"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    category_id: Mapped[UUID | None] = mapped_column(ForeignKey("categories.id", ondelete="SET NULL"), index=True)
    target: Mapped[ImportTarget] = mapped_column(enum_by_value(ImportTarget))
    file_name: Mapped[str] = mapped_column(String(200))
    first_date: Mapped[date] = mapped_column(Date)
    last_date: Mapped[date] = mapped_column(Date)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class UndoEntry(Base):
    """What a delete took away, kept for a short while so that it can be brought back as it was."""

    __tablename__ = "undo_entries"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(30))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
