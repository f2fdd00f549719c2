"""Adding a task by a line of quick text."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from webapp.core.errors import InvalidInputError
from webapp.core.instants import placed
from webapp.planner import quick_text
from webapp.planner.models import Category, Priority
from webapp.planner.service.tasks import create_task
from webapp.planner.types import SlotInput, TaskInput

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.planner.models import Task
    from webapp.planner.quick_text import QuickPlan

LONGEST_TITLE = 200


def quick_read(session: Session, viewer: Viewer, text: str, today: date) -> QuickPlan:
    """Return what a line of quick text would add; `message` says it in words. Changes nothing."""
    return quick_text.parse(text, today, _categories(session, viewer), viewer.week_start)


def quick_add(session: Session, viewer: Viewer, text: str, today: date) -> Task:
    """Add the task that the line describes, with its slot if a time was given."""
    plan = quick_read(session, viewer, text, today)
    if not plan.title:
        raise InvalidInputError.of("text", "Say what you will do, for example “Maths tomorrow 16:00 1h”.")
    if len(plan.title) > LONGEST_TITLE:
        raise InvalidInputError.of("text", f"A title may have at most {LONGEST_TITLE} characters.")
    given = TaskInput(
        title=plan.title,
        category_id=_categories(session, viewer)[plan.category] if plan.category else None,
        priority=Priority(plan.priority or Priority.MEDIUM),
        due_at=placed(plan.due_at, viewer.zone, "text") if plan.due_at else None,
        slots=_slots(viewer, plan),
    )
    return _create(session, viewer, given)


def _slots(viewer: Viewer, plan: QuickPlan) -> list[SlotInput]:
    if plan.starts_at is None or plan.minutes is None:
        return []
    start = placed(plan.starts_at, viewer.zone, "text")
    return [SlotInput(starts_at=start, ends_at=start + timedelta(minutes=plan.minutes))]


def _create(session: Session, viewer: Viewer, given: TaskInput) -> Task:
    """Create the task; what is wrong with its slot is said of the text."""
    try:
        return create_task(session, viewer, given)
    except InvalidInputError as error:
        raise InvalidInputError.of("text", error.errors[0].message) from error


def _categories(session: Session, viewer: Viewer) -> dict[str, UUID]:
    """Return the categories in use, by name."""
    statement = select(Category.name, Category.id).where(Category.user_id == viewer.user_id)
    statement = statement.where(Category.archived.is_(False)).order_by(Category.name)
    return dict(session.execute(statement).all())
