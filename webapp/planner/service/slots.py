"""Adding, moving and deleting slots and focus windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from webapp.core.errors import ConflictError
from webapp.planner.access import load_focus_window, load_slot, load_task
from webapp.planner.models import FocusWindow, Slot
from webapp.planner.service import undo_store
from webapp.planner.service._shared import days_of, lock_person, mark, refuse_changed, refuse_more_than, span
from webapp.planner.types import MAXIMUM_FOCUS_WINDOWS, MAXIMUM_SLOTS, MAXIMUM_SLOTS_PER_TASK

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.planner.types import FocusWindowInput, SlotChange, SlotInput


def add_slot(session: Session, viewer: Viewer, task_id: UUID, given: SlotInput) -> Slot:
    """Plan time for a task."""
    lock_person(session, viewer)
    task = load_task(session, viewer, task_id)
    start, end = span(viewer, given.starts_at, given.ends_at)
    _refuse_too_many(session, task.id)
    refuse_more_than(session, viewer, Slot, MAXIMUM_SLOTS)
    slot = Slot(
        user_id=viewer.user_id,
        school_id=viewer.school_id,
        task_id=task.id,
        starts_at=start,
        ends_at=end,
        missed=given.missed,
    )
    session.add(slot)
    mark(session, viewer, days_of(viewer, [(start, end)]))
    return slot


def change_slot(session: Session, viewer: Viewer, slot_id: UUID, change: SlotChange) -> Slot:
    """Move a slot, or mark it missed; marks the days that it leaves as well as those that it reaches."""
    lock_person(session, viewer)
    slot = load_slot(session, viewer, slot_id)
    refuse_changed(change, id=slot.id, task_id=slot.task_id)
    before = (slot.starts_at, slot.ends_at)
    given = change.model_fields_set
    after = span(
        viewer,
        change.starts_at if "starts_at" in given else slot.starts_at,
        change.ends_at if "ends_at" in given else slot.ends_at,
    )
    slot.starts_at, slot.ends_at = after
    if "missed" in given:
        slot.missed = change.missed
    mark(session, viewer, days_of(viewer, [before, after]))
    return slot


def set_missed(session: Session, viewer: Viewer, slot_id: UUID, missed: bool) -> Slot:
    """Say whether the time of a slot was missed."""
    lock_person(session, viewer)
    slot = load_slot(session, viewer, slot_id)
    if slot.missed is not missed:
        slot.missed = missed
        mark(session, viewer, days_of(viewer, [(slot.starts_at, slot.ends_at)]))
    return slot


def delete_slot(session: Session, viewer: Viewer, slot_id: UUID) -> UUID:
    """Delete a slot; return the id with which `undo` brings it back."""
    lock_person(session, viewer)
    slot = load_slot(session, viewer, slot_id)
    undo_id = undo_store.remember_slot(session, viewer, slot)
    session.delete(slot)
    mark(session, viewer, days_of(viewer, [(slot.starts_at, slot.ends_at)]))
    return undo_id


def add_focus_window(session: Session, viewer: Viewer, given: FocusWindowInput) -> FocusWindow:
    """Keep time free for focused work; windows may overlap, their union counts."""
    lock_person(session, viewer)
    start, end = span(viewer, given.starts_at, given.ends_at)
    refuse_more_than(session, viewer, FocusWindow, MAXIMUM_FOCUS_WINDOWS)
    window = FocusWindow(user_id=viewer.user_id, school_id=viewer.school_id, starts_at=start, ends_at=end)
    session.add(window)
    mark(session, viewer, days_of(viewer, [(start, end)]))
    return window


def delete_focus_window(session: Session, viewer: Viewer, window_id: UUID) -> UUID:
    """Delete a focus window; return the id with which `undo` brings it back."""
    lock_person(session, viewer)
    window = load_focus_window(session, viewer, window_id)
    undo_id = undo_store.remember_focus_window(session, viewer, window)
    session.delete(window)
    mark(session, viewer, days_of(viewer, [(window.starts_at, window.ends_at)]))
    return undo_id


def _refuse_too_many(session: Session, task_id: UUID) -> None:
    count = session.execute(select(func.count()).select_from(Slot).where(Slot.task_id == task_id)).scalar_one()
    if count >= MAXIMUM_SLOTS_PER_TASK:
        raise ConflictError(f"A task may have at most {MAXIMUM_SLOTS_PER_TASK} slots.")
