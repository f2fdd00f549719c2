"""Making, changing and deleting categories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from webapp.core.colours import next_colour
from webapp.core.errors import ConflictError
from webapp.core.text import folded
from webapp.planner.access import load_category
from webapp.planner.hooks import category_may_go
from webapp.planner.models import Category, Slot, Task
from webapp.planner.service import undo_store
from webapp.planner.service._shared import day_of, days_of, lock_person, mark, refuse_changed, refuse_more_than
from webapp.planner.types import MAXIMUM_CATEGORIES

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.planner.types import CategoryChange, CategoryInput


def create_category(session: Session, viewer: Viewer, given: CategoryInput) -> Category:
    """Make a category; ConflictError when the viewer has one of that name."""
    lock_person(session, viewer)
    refuse_more_than(session, viewer, Category, MAXIMUM_CATEGORIES)
    refuse_taken_name(session, viewer, given.name)
    category = Category(
        user_id=viewer.user_id,
        school_id=viewer.school_id,
        name=given.name,
        color=given.color or next_colour(_colours_in_use(session, viewer)),
    )
    session.add(category)
    mark(session, viewer)
    return category


def change_category(session: Session, viewer: Viewer, category_id: UUID, change: CategoryChange) -> Category:
    """Change the fields given; ConflictError when another category has the name."""
    lock_person(session, viewer)
    category = load_category(session, viewer, category_id)
    refuse_changed(change, id=category.id)
    if "name" in change.model_fields_set:
        refuse_taken_name(session, viewer, change.name, besides=category.id)
    for name in change.model_fields_set - {"id"}:
        setattr(category, name, getattr(change, name))
    mark(session, viewer)
    return category


def delete_category(session: Session, viewer: Viewer, category_id: UUID) -> UUID:
    """Delete a category, keeping its tasks uncategorised; return the id with which `undo` brings it back.

    ConflictError when something else still needs it.
    """
    lock_person(session, viewer)
    category = load_category(session, viewer, category_id)
    category_may_go(session, viewer, category_id)
    days = days_of_category(session, viewer, category_id)
    undo_id = undo_store.remember_category(session, viewer, category)
    session.execute(
        update(Task)
        .where(Task.category_id == category_id)
        .values(category_id=None)
        .execution_options(synchronize_session="fetch")
    )
    session.delete(category)
    mark(session, viewer, days)
    return undo_id


def refuse_taken_name(session: Session, viewer: Viewer, name: str, *, besides: UUID | None = None) -> None:
    """Raise ConflictError when another category of the viewer has the name, whatever its case."""
    statement = select(Category.id, Category.name).where(Category.user_id == viewer.user_id)
    for category_id, taken in session.execute(statement):
        if folded(taken) == folded(name) and category_id != besides:
            raise ConflictError(f"You already have a category called “{taken}”.")


def _colours_in_use(session: Session, viewer: Viewer) -> list[str]:
    return list(session.execute(select(Category.color).where(Category.user_id == viewer.user_id)).scalars())


def days_of_category(session: Session, viewer: Viewer, category_id: UUID) -> set[date]:
    """Return the dates of which a figure depends on the category."""
    slots = select(Slot.starts_at, Slot.ends_at).join(Task, Slot.task_id == Task.id)
    days = days_of(viewer, session.execute(slots.where(Task.category_id == category_id)))
    completions = select(Task.completed_at).where(Task.category_id == category_id, Task.completed_at.is_not(None))
    return days.union(*(day_of(viewer, instant) for instant in session.execute(completions).scalars()))
