"""Bringing back what a delete took away: the same ids, slots, points and category links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select, update

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

    Restore = Callable[[Session, Viewer, dict[str, Any]], tuple[str, set[date]]]

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


def _task(session: Session, viewer: Viewer, payload: dict[str, Any]) -> tuple[str, set[date]]:
    task = unpacked(Task, payload["task"])
    task.category_id = _standing_category(session, viewer, task)
    session.add(task)
    session.flush()
    slots = _without_taken_keys(session, viewer, [unpacked(Slot, values) for values in payload["slots"]])
    session.add_all(slots)
    _restore_timer(session, viewer, payload)
    awards = [unpacked_award(values) for values in payload["xp"]]
    xp.award(session, awards)
    days = days_of(viewer, [(slot.starts_at, slot.ends_at) for slot in slots])
    instants = [task.completed_at, *(award.earned_at for award in awards)]
    return f"“{task.title}” is back.", days.union(*(day_of(viewer, instant) for instant in instants))


def _slot(session: Session, viewer: Viewer, payload: dict[str, Any]) -> tuple[str, set[date]]:
    slot = unpacked(Slot, payload["slot"])
    found = select(Task.title).where(Task.id == slot.task_id, Task.user_id == viewer.user_id)
    title = session.execute(found).scalar_one_or_none()
    if title is None:
        raise ConflictError("The task of this slot was deleted. Bring the task back first.")
    slots = _without_taken_keys(session, viewer, [slot])
    session.add_all(slots)
    return f"The slot of “{title}” is back.", days_of(viewer, [(slot.starts_at, slot.ends_at)])


def _focus_window(session: Session, viewer: Viewer, payload: dict[str, Any]) -> tuple[str, set[date]]:
    window = unpacked(FocusWindow, payload["focus_window"])
    keys = select(FocusWindow.id).where(FocusWindow.user_id == viewer.user_id)
    taken = keys.where(FocusWindow.import_key == window.import_key)
    if window.import_key is None or session.execute(taken).first() is None:
        session.add(window)
    return "The focus window is back.", days_of(viewer, [(window.starts_at, window.ends_at)])


def _category(session: Session, viewer: Viewer, payload: dict[str, Any]) -> tuple[str, set[date]]:
    category = unpacked(Category, payload["category"])
    refuse_taken_name(session, viewer, category.name)
    session.add(category)
    session.flush()
    had_it = [UUID(task_id) for task_id in payload["tasks"]]
    without = update(Task).where(Task.user_id == viewer.user_id, Task.category_id.is_(None))
    for start in range(0, len(had_it), 500):
        some = without.where(Task.id.in_(had_it[start : start + 500])).values(category_id=category.id)
        session.execute(some.execution_options(synchronize_session="fetch"))
    for entry in deleted_tasks(session, viewer):
        task = entry.payload["task"]
        if task["id"] in payload["tasks"] and task["category_id"] is None:
            entry.payload = {**entry.payload, "task": {**task, "category_id": str(category.id)}}
    return f"“{category.name}” is back.", days_of_category(session, viewer, category.id)


def _standing_category(session: Session, viewer: Viewer, task: Task) -> UUID | None:
    """Return the category that the task had, unless it was deleted since then."""
    found = select(Category.id).where(Category.id == task.category_id, Category.user_id == viewer.user_id)
    return session.execute(found).scalar_one_or_none()


def _without_taken_keys(session: Session, viewer: Viewer, slots: list[Slot]) -> list[Slot]:
    """Leave out slots that a calendar has brought in again since they were deleted."""
    keys = [slot.import_key for slot in slots if slot.import_key]
    found = select(Slot.import_key).where(Slot.user_id == viewer.user_id, Slot.import_key.in_(keys))
    taken = set(session.execute(found).scalars()) if keys else set()
    return [slot for slot in slots if slot.import_key is None or slot.import_key not in taken]


def _restore_timer(session: Session, viewer: Viewer, payload: dict[str, Any]) -> None:
    running = select(StudyTimer.user_id).where(StudyTimer.user_id == viewer.user_id)
    if payload["timer"] and session.execute(running).one_or_none() is None:
        session.add(unpacked(StudyTimer, payload["timer"]))


RESTORE: dict[str, Restore] = {
    TASK: _task,
    SLOT: _slot,
    FOCUS_WINDOW: _focus_window,
    CATEGORY: _category,
}
