"""Bringing back what a delete took away: the same ids, slots, points and category links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import insert, select, update

from webapp.core import clock
from webapp.core.errors import ConflictError, NotFoundError
from webapp.planner.access import load_undo
from webapp.planner.models import Category, FocusWindow, Slot, StudyTimer, Task, UndoEntry
from webapp.planner.service._shared import day_of, days_of, lock_person, mark
from webapp.planner.service.categories import days_of_category, refuse_taken_name
from webapp.planner.service.undo_store import (
    CATEGORY,
    FOCUS_WINDOW,
    SLOT,
    TASK,
    deleted_tasks,
    unpacked,
    unpacked_award,
)
from webapp.xp import service as xp

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.db.base import Base

    Restored = tuple[str, set[date]]
    Restore = Callable[[Session, Viewer, dict[str, Any]], Restored]

TOO_LATE = "This can no longer be brought back: too much time has passed since it was deleted."


def undo(session: Session, viewer: Viewer, undo_id: UUID) -> str:
    """Bring back what the delete took away, and say what it was. Repeating it changes nothing.

    Raises NotFoundError when it was not the viewer's or is gone for good, ConflictError when it came too late
    or when what it belongs to is no longer there.
    """
    lock_person(session, viewer)
    entry = _load(session, viewer, undo_id)
    if "done" in entry.payload:
        return str(entry.payload["done"])
    message, days = RESTORE[entry.kind](session, viewer, entry.payload)
    entry.payload = {"done": message}
    mark(session, viewer, days)
    return message


def _load(session: Session, viewer: Viewer, undo_id: UUID) -> UndoEntry:
    try:
        entry = load_undo(session, viewer, undo_id)
    except NotFoundError:
        raise NotFoundError(TOO_LATE) from None
    if entry.expires_at <= clock.now():
        raise ConflictError(TOO_LATE)
    return entry


def _task(session: Session, viewer: Viewer, payload: dict[str, Any]) -> Restored:
    task = unpacked(Task, payload["task"])
    task["category_id"] = _standing_category(session, viewer, task["category_id"])
    slots = _without_taken_keys(session, viewer, [unpacked(Slot, values) for values in payload["slots"]])
    awards = [unpacked_award(values) for values in payload["xp"]]
    _insert(session, Task, [task])
    _insert(session, Slot, slots)
    _restore_timer(session, viewer, payload)
    xp.award(session, awards)
    instants = [task["completed_at"], *(award.earned_at for award in awards)]
    days = days_of(viewer, [(slot["starts_at"], slot["ends_at"]) for slot in slots])
    return f"“{task['title']}” is back.", days.union(*(day_of(viewer, instant) for instant in instants))


def _slot(session: Session, viewer: Viewer, payload: dict[str, Any]) -> Restored:
    slot = unpacked(Slot, payload["slot"])
    found = select(Task.title).where(Task.id == slot["task_id"], Task.user_id == viewer.user_id)
    title = session.execute(found).scalar_one_or_none()
    if title is None:
        raise ConflictError("The task of this slot was deleted. Bring the task back first.")
    _insert(session, Slot, _without_taken_keys(session, viewer, [slot]))
    return f"The slot of “{title}” is back.", days_of(viewer, [(slot["starts_at"], slot["ends_at"])])


def _focus_window(session: Session, viewer: Viewer, payload: dict[str, Any]) -> Restored:
    window = unpacked(FocusWindow, payload["focus_window"])
    keys = select(FocusWindow.id).where(FocusWindow.user_id == viewer.user_id)
    taken = keys.where(FocusWindow.import_key == window["import_key"])
    if window["import_key"] is None or session.execute(taken).first() is None:
        _insert(session, FocusWindow, [window])
    return "The focus window is back.", days_of(viewer, [(window["starts_at"], window["ends_at"])])


def _category(session: Session, viewer: Viewer, payload: dict[str, Any]) -> Restored:
    category = unpacked(Category, payload["category"])
    refuse_taken_name(session, viewer, category["name"])
    _insert(session, Category, [category])
    had_it = [UUID(task_id) for task_id in payload["tasks"]]
    without = update(Task).where(Task.user_id == viewer.user_id, Task.category_id.is_(None))
    for start in range(0, len(had_it), 500):
        some = without.where(Task.id.in_(had_it[start : start + 500])).values(category_id=category["id"])
        session.execute(some.execution_options(synchronize_session="fetch"))
    for entry in deleted_tasks(session, viewer):
        task = entry.payload["task"]
        if task["id"] in payload["tasks"] and task["category_id"] is None:
            entry.payload = {**entry.payload, "task": {**task, "category_id": str(category["id"])}}
    return f"“{category['name']}” is back.", days_of_category(session, viewer, category["id"])


def _insert(session: Session, model: type[Base], rows: list[dict[str, Any]]) -> None:
    """Insert rows past the session's objects, which may still know those that the database deleted with their task."""
    if rows:
        session.execute(insert(model), rows)


def _standing_category(session: Session, viewer: Viewer, category_id: UUID | None) -> UUID | None:
    """Return the category that a task had, unless it was deleted since then."""
    found = select(Category.id).where(Category.id == category_id, Category.user_id == viewer.user_id)
    return session.execute(found).scalar_one_or_none()


def _without_taken_keys(session: Session, viewer: Viewer, slots: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out slots that a calendar has brought in again since they were deleted."""
    keys = [slot["import_key"] for slot in slots if slot["import_key"]]
    found = select(Slot.import_key).where(Slot.user_id == viewer.user_id, Slot.import_key.in_(keys))
    taken = set(session.execute(found).scalars()) if keys else set()
    return [slot for slot in slots if slot["import_key"] is None or slot["import_key"] not in taken]


def _restore_timer(session: Session, viewer: Viewer, payload: dict[str, Any]) -> None:
    running = select(StudyTimer.user_id).where(StudyTimer.user_id == viewer.user_id)
    if payload["timer"] and session.execute(running).one_or_none() is None:
        _insert(session, StudyTimer, [unpacked(StudyTimer, payload["timer"])])


def restores(kind: str) -> Callable[[Restore], Restore]:
    """Have the decorated function bring back what others keep in undo entries of that kind."""

    def register(restore: Restore) -> Restore:
        RESTORE[kind] = restore
        return restore

    return register


RESTORE: dict[str, Restore] = {
    TASK: _task,
    SLOT: _slot,
    FOCUS_WINDOW: _focus_window,
    CATEGORY: _category,
}
