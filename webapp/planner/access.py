"""Fetching one thing of the planner for a viewer; whatever is not theirs is not there.

Planners are private: everyone reaches their own and nobody else's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import select

from webapp.core.errors import NotFoundError
from webapp.planner.models import Category, FocusWindow, Slot, Task, UndoEntry

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer

Owned = TypeVar("Owned", Category, Task, Slot, FocusWindow, UndoEntry)


def _load(session: Session, viewer: Viewer, model: type[Owned], row_id: UUID) -> Owned:
    statement = select(model).where(model.id == row_id, model.user_id == viewer.user_id)
    found = session.execute(statement.execution_options(populate_existing=True)).scalar_one_or_none()
    if found is None:
        raise NotFoundError
    return found


def load_category(session: Session, viewer: Viewer, category_id: UUID) -> Category:
    """Return the viewer's category, or raise NotFoundError."""
    return _load(session, viewer, Category, category_id)


def load_task(session: Session, viewer: Viewer, task_id: UUID) -> Task:
    """Return the viewer's task, or raise NotFoundError."""
    return _load(session, viewer, Task, task_id)


def load_slot(session: Session, viewer: Viewer, slot_id: UUID) -> Slot:
    """Return the viewer's slot, or raise NotFoundError."""
    return _load(session, viewer, Slot, slot_id)


def load_focus_window(session: Session, viewer: Viewer, window_id: UUID) -> FocusWindow:
    """Return the viewer's focus window, or raise NotFoundError."""
    return _load(session, viewer, FocusWindow, window_id)


def load_undo(session: Session, viewer: Viewer, undo_id: UUID) -> UndoEntry:
    """Return what the viewer's delete took away, or raise NotFoundError."""
    return _load(session, viewer, UndoEntry, undo_id)
