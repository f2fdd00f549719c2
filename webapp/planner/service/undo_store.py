"""Keeping what a delete takes away, for a short while, so that it can come back as it was."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Date, delete, select
from sqlalchemy import Enum as EnumColumn

from webapp.core import clock
from webapp.db.columns import UtcDateTime
from webapp.planner.models import Slot, StudyTimer, Task, UndoEntry
from webapp.xp.models import XpReason
from webapp.xp.types import Award

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.db.base import Base
    from webapp.planner.models import Category, FocusWindow

KEPT_FOR = timedelta(minutes=30)
TASK, SLOT, CATEGORY, FOCUS_WINDOW = "task", "slot", "category", "focus_window"


def remember_task(session: Session, viewer: Viewer, task: Task, taken: Iterable[Award]) -> UUID:
    """Keep a task with its slots, the points taken back and a timer that runs on it."""
    slots = session.execute(select(Slot).where(Slot.task_id == task.id)).scalars()
    timer = session.execute(select(StudyTimer).where(StudyTimer.task_id == task.id)).scalar_one_or_none()
    payload = {
        "task": packed(task),
        "slots": [packed(slot) for slot in slots],
        "timer": packed(timer) if timer else None,
        "xp": [plain_values(award._asdict()) for award in taken],
    }
    return remember(session, viewer, TASK, payload)


def remember_slot(session: Session, viewer: Viewer, slot: Slot) -> UUID:
    """Keep a slot."""
    return remember(session, viewer, SLOT, {"slot": packed(slot)})


def remember_focus_window(session: Session, viewer: Viewer, window: FocusWindow) -> UUID:
    """Keep a focus window."""
    return remember(session, viewer, FOCUS_WINDOW, {"focus_window": packed(window)})


def remember_category(session: Session, viewer: Viewer, category: Category) -> UUID:
    """Keep a category and which tasks had it, those deleted a moment ago included."""
    tasks = list(session.execute(select(Task.id).where(Task.category_id == category.id)).scalars())
    deleted = [
        UUID(entry.payload["task"]["id"])
        for entry in deleted_tasks(session, viewer)
        if entry.payload["task"]["category_id"] == str(category.id)
    ]
    payload = {"category": packed(category), "tasks": [str(task_id) for task_id in tasks + deleted]}
    return remember(session, viewer, CATEGORY, payload)


def deleted_tasks(session: Session, viewer: Viewer) -> Sequence[UndoEntry]:
    """Return what is kept of the viewer's deleted tasks that have not come back."""
    statement = select(UndoEntry).where(UndoEntry.user_id == viewer.user_id, UndoEntry.kind == TASK)
    return [entry for entry in session.execute(statement).scalars() if "task" in entry.payload]


def expire_undo(session: Session) -> int:
    """Delete for good what was kept long enough; return how many entries went."""
    statement = delete(UndoEntry).where(UndoEntry.expires_at <= clock.now()).returning(UndoEntry.id)
    return len(session.execute(statement).all())


def packed(row: Base) -> dict[str, Any]:
    """Return the columns of a row as JSON can hold them."""
    return plain_values({column.key: getattr(row, column.key) for column in row.__table__.columns})


def unpacked(model: type[Base], values: dict[str, Any]) -> dict[str, Any]:
    """Return the columns that `packed` gave as the model takes them; one that is gone since then is left out."""
    known = [column for column in model.__table__.columns if column.key in values]
    return {column.key: _read(column.type, values[column.key]) for column in known}


def unpacked_award(values: dict[str, Any]) -> Award:
    """Return the award that was kept."""
    return Award(
        user_id=UUID(values["user_id"]),
        school_id=UUID(values["school_id"]) if values["school_id"] else None,
        amount=values["amount"],
        reason=XpReason(values["reason"]),
        source_id=UUID(values["source_id"]),
        label=values["label"],
        earned_at=datetime.fromisoformat(values["earned_at"]),
        withheld=values.get("withheld", 0),
        acted_at=datetime.fromisoformat(values["acted_at"]) if values.get("acted_at") else None,
    )


def remember(session: Session, viewer: Viewer, kind: str, payload: dict[str, Any]) -> UUID:
    """Keep what a delete takes away under a kind that `undo.RESTORE` knows; the payload must fit into JSON."""
    entry = UndoEntry(user_id=viewer.user_id, kind=kind, payload=payload, expires_at=clock.now() + KEPT_FOR)
    session.add(entry)
    session.flush()
    return entry.id


def plain_values(values: dict[str, Any]) -> dict[str, Any]:
    """Return values as JSON can hold them."""
    return {key: _plain(value) for key, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _read(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, UtcDateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    if isinstance(kind, EnumColumn) and kind.enum_class:
        return kind.enum_class(value)
    return UUID(value) if kind.python_type is UUID else value
