"""Making, changing, completing and deleting tasks."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import select

from webapp.core import clock
from webapp.core.errors import ConflictError, InvalidInputError
from webapp.core.instants import placed
from webapp.planner.access import load_task
from webapp.planner.models import Category, Slot, Task, TaskStatus, search_text
from webapp.planner.service import undo_store
from webapp.planner.service._shared import (
    day_of,
    days_of,
    lock_person,
    mark,
    refuse_changed,
    refuse_more_than,
    span,
)
from webapp.planner.service.undo import restores
from webapp.planner.types import MAXIMUM_SLOTS, MAXIMUM_TASKS, SlotEcho
from webapp.xp import service as xp
from webapp.xp.hooks import appraises
from webapp.xp.models import XpReason
from webapp.xp.types import Award

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.planner.types import TaskChange, TaskInput
    from webapp.xp.types import XpRules

# The kind of undo entries that open again what was completed together.
COMPLETION: Final = "completion"
ECHOES = frozenset({"id", "status", "completed_at", "slots"})
# What stood on the list for so long was no trick to get points by.
PLANNED_AHEAD = timedelta(hours=1)


def create_task(session: Session, viewer: Viewer, given: TaskInput) -> Task:
    """Make a task with its slots."""
    lock_person(session, viewer)
    spans = [span(viewer, slot.starts_at, slot.ends_at, f"slots.{n}.") for n, slot in enumerate(given.slots)]
    refuse_more_than(session, viewer, Task, MAXIMUM_TASKS)
    if spans:
        refuse_more_than(session, viewer, Slot, MAXIMUM_SLOTS, adding=len(spans))
    task = Task(user_id=viewer.user_id, school_id=viewer.school_id, **_fields(session, viewer, given))
    session.add(task)
    session.flush()
    owner = {"user_id": viewer.user_id, "school_id": viewer.school_id, "task_id": task.id}
    session.add_all(
        Slot(**owner, starts_at=start, ends_at=end, missed=slot.missed)
        for slot, (start, end) in zip(given.slots, spans, strict=True)
    )
    mark(session, viewer, days_of(viewer, spans))
    return task


def change_task(session: Session, viewer: Viewer, task_id: UUID, change: TaskChange) -> Task:
    """Change the fields given; what has verbs of its own may only be sent back as it is (ForbiddenError)."""
    lock_person(session, viewer)
    task = load_task(session, viewer, task_id)
    _refuse_changed_echoes(session, viewer, task, change)
    fields = _fields(session, viewer, change)
    recategorised = fields.get("category_id", task.category_id) != task.category_id
    for name, value in fields.items():
        setattr(task, name, value)
    task.search_text = search_text(task.title, task.notes)
    mark(session, viewer, _days(session, viewer, task) if recategorised else ())
    return task


def complete_task(session: Session, viewer: Viewer, task_id: UUID, completed_at: datetime | None = None) -> Task:
    """Complete an open task, now or at an earlier instant, and award its points.

    A completed task stays as it is; a cancelled one raises ConflictError.
    """
    lock_person(session, viewer)
    task = load_task(session, viewer, task_id)
    if task.status is TaskStatus.CANCELLED:
        raise ConflictError("This task is cancelled. Reopen it first.")
    if task.status is TaskStatus.OPEN:
        instant = _past(viewer, completed_at)
        _complete(session, viewer, [task], instant)
        mark(session, viewer, day_of(viewer, instant))
    return task


def complete_tasks(session: Session, viewer: Viewer, ids: Sequence[UUID]) -> int:
    """Complete those of the tasks that are the viewer's and open, now; return how many they were."""
    return len(_complete_open(session, viewer, ids))


def complete_together(session: Session, viewer: Viewer, ids: Sequence[UUID]) -> tuple[int, UUID | None]:
    """Do what `complete_tasks` does; return with the count the id with which `undo` opens them again, if any."""
    tasks = _complete_open(session, viewer, ids)
    if not tasks:
        return 0, None
    when = {str(task.id): str(task.completed_at) for task in tasks}
    return len(tasks), undo_store.remember(session, viewer, COMPLETION, {"tasks": when})


def _complete_open(session: Session, viewer: Viewer, ids: Sequence[UUID]) -> Sequence[Task]:
    lock_person(session, viewer)
    statement = select(Task).where(Task.id.in_(ids), Task.user_id == viewer.user_id, Task.status == TaskStatus.OPEN)
    tasks = session.execute(statement.execution_options(populate_existing=True)).scalars().all()
    if tasks:
        now = clock.now()
        _complete(session, viewer, tasks, now)
        mark(session, viewer, day_of(viewer, now))
    return tasks


@restores(COMPLETION)
def _open_again(session: Session, viewer: Viewer, payload: dict[str, Any]) -> tuple[str, set[date]]:
    """Open those tasks again that are completed as they were then; what happened to one since then stays."""
    mine = select(Task).where(Task.user_id == viewer.user_id, Task.status == TaskStatus.COMPLETED)
    tasks = session.scalars(mine.where(Task.id.in_([UUID(task_id) for task_id in payload["tasks"]]))).all()
    same = [task for task in tasks if str(task.completed_at) == payload["tasks"][str(task.id)]]
    days = set().union(*(_reopen(session, viewer, task) for task in same))
    return f"{len(same)} {'task is' if len(same) == 1 else 'tasks are'} open again.", days


def _reopen(session: Session, viewer: Viewer, task: Task) -> set[date]:
    """Open a completed task, taking its points back; return the dates of which figures change."""
    days = day_of(viewer, task.completed_at) | _take_points(session, viewer, task)
    task.status, task.completed_at = TaskStatus.OPEN, None
    return days


def reopen_task(session: Session, viewer: Viewer, task_id: UUID) -> Task:
    """Open a completed task again, taking its points back, or a cancelled one; an open one stays as it is."""
    lock_person(session, viewer)
    task = load_task(session, viewer, task_id)
    if task.status is TaskStatus.COMPLETED:
        mark(session, viewer, _reopen(session, viewer, task))
    elif task.status is TaskStatus.CANCELLED:
        task.status = TaskStatus.OPEN
        mark(session, viewer, _days(session, viewer, task))
    return task


def cancel_task(session: Session, viewer: Viewer, task_id: UUID) -> Task:
    """Cancel an open task; a cancelled one stays as it is, a completed one raises ConflictError."""
    lock_person(session, viewer)
    task = load_task(session, viewer, task_id)
    if task.status is TaskStatus.COMPLETED:
        raise ConflictError("This task is completed. Reopen it first.")
    if task.status is TaskStatus.OPEN:
        task.status = TaskStatus.CANCELLED
        mark(session, viewer, _days(session, viewer, task))
    return task


def delete_task(session: Session, viewer: Viewer, task_id: UUID) -> UUID:
    """Delete a task with its slots, taking its points back; return the id with which `undo` brings it back."""
    lock_person(session, viewer)
    task = load_task(session, viewer, task_id)
    days = _days(session, viewer, task)
    taken = xp.take_back(session, task.id)
    undo_id = undo_store.remember_task(session, viewer, task, taken)
    xp.forget_labels(session, [task.id])
    session.delete(task)
    mark(session, viewer, days.union(*(day_of(viewer, award.earned_at) for award in taken)))
    return undo_id


def _fields(session: Session, viewer: Viewer, given: TaskInput | TaskChange) -> dict[str, object]:
    """Return what was given, as the columns of a task."""
    fields: dict[str, object] = {
        name: getattr(given, name)
        for name in ("title", "notes", "category_id", "priority", "due_at")
        if name in given.model_fields_set
    }
    if given.due_at is not None:
        fields["due_at"] = placed(given.due_at, viewer.zone, "due_at")
    if given.category_id is not None:
        _refuse_unknown_category(session, viewer, given.category_id)
    return fields


def _refuse_unknown_category(session: Session, viewer: Viewer, category_id: UUID) -> None:
    found = select(Category.id).where(Category.id == category_id, Category.user_id == viewer.user_id)
    if session.execute(found).one_or_none() is None:
        raise InvalidInputError.of("category_id", "There is no such category.")


def _refuse_changed_echoes(session: Session, viewer: Viewer, task: Task, change: TaskChange) -> None:
    given = ECHOES & change.model_fields_set
    present: dict[str, object] = {"id": task.id, "status": task.status, "completed_at": task.completed_at}
    if change.completed_at is not None:
        sent = placed(change.completed_at, viewer.zone, "completed_at")
        change = change.model_copy(update={"completed_at": sent})
    if "slots" in given:
        echoes = [_placed_echo(viewer, echo) for echo in change.slots or ()]
        change = change.model_copy(update={"slots": {echo.id: echo for echo in echoes}})
        present["slots"] = {slot.id: slot for slot in _slot_echoes(session, task)}
    refuse_changed(change, **{name: value for name, value in present.items() if name in given})


def _placed_echo(viewer: Viewer, echo: SlotEcho) -> SlotEcho:
    start = placed(echo.starts_at, viewer.zone, "slots")
    return echo.model_copy(update={"starts_at": start, "ends_at": placed(echo.ends_at, viewer.zone, "slots")})


def _slot_echoes(session: Session, task: Task) -> Iterable[SlotEcho]:
    columns = select(Slot.id, Slot.starts_at, Slot.ends_at, Slot.missed).where(Slot.task_id == task.id)
    return (SlotEcho(**row._mapping) for row in session.execute(columns))  # noqa: SLF001 - SQLAlchemy's name for it


def _past(viewer: Viewer, completed_at: datetime | None) -> datetime:
    now = clock.now()
    if completed_at is None:
        return now
    instant = placed(completed_at, viewer.zone, "completed_at")
    if instant > now:
        raise InvalidInputError.of("completed_at", "A task cannot be completed in the future.")
    return instant


def _complete(session: Session, viewer: Viewer, tasks: Iterable[Task], instant: datetime) -> None:
    awards, now, rules = [], clock.now(), xp.rules_of(session, viewer.school_id)
    for task in tasks:
        task.status, task.completed_at = TaskStatus.COMPLETED, instant
        points = xp.points_for_task(task.priority, rules)
        what = (XpReason.TASK_COMPLETED, task.id, task.title, instant)
        acted_at = now if now - task.created_at < PLANNED_AHEAD else None
        awards.append(Award(task.user_id, task.school_id, points, *what, acted_at=acted_at))
    xp.award(session, awards)


@appraises(XpReason.TASK_COMPLETED)
def _worths(session: Session, rules: XpRules, awards: Sequence[Award]) -> Mapping[UUID, int]:
    """Return what completed tasks are worth by their present priority."""
    statement = select(Task.id, Task.priority).where(Task.id.in_({award.source_id for award in awards}))
    return {task_id: xp.points_for_task(priority, rules) for task_id, priority in session.execute(statement)}


def _take_points(session: Session, viewer: Viewer, task: Task) -> set[date]:
    taken = xp.take_back(session, task.id)
    return set().union(*(day_of(viewer, award.earned_at) for award in taken))


def _days(session: Session, viewer: Viewer, task: Task) -> set[date]:
    """Return the dates of which a figure depends on the task."""
    slots = select(Slot.starts_at, Slot.ends_at).where(Slot.task_id == task.id)
    return days_of(viewer, session.execute(slots)) | day_of(viewer, task.completed_at)
