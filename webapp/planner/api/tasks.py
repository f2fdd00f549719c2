"""Tasks, and what can be done to one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.extensions import db
from webapp.planner import queries, service
from webapp.planner.api.answers import TaskAnswer
from webapp.planner.api.blueprint import bp
from webapp.planner.types import CompleteInput, TaskChange, TaskFilter, TaskInput, TaskRow
from webapp.web.access import SIGNED_IN, Reach, access
from webapp.web.api import ListAnswer, gives, takes
from webapp.web.identity import viewer

if TYPE_CHECKING:
    from uuid import UUID

    from webapp.core.paging import Listing


@bp.get("/tasks")
@access(SIGNED_IN, Reach.OWN)
@gives(ListAnswer[TaskAnswer])
@takes(query=TaskFilter)
def list_tasks(query: TaskFilter) -> Listing[TaskRow]:
    """List your tasks.

    With dates, those with a slot, their due moment or their completion in the range.
    """
    return queries.tasks(db.session(), viewer(), query)


@bp.post("/tasks")
@access(SIGNED_IN, Reach.OWN)
@gives(TaskAnswer, 201, once=True)
@takes(body=TaskInput)
def create_task(body: TaskInput) -> TaskRow:
    """Create a task, with its first slots if you like."""
    return _shown(service.create_task(db.session(), viewer(), body).id)


@bp.get("/tasks/<id:task_id>")
@access(SIGNED_IN, Reach.OWN)
@gives(TaskAnswer)
def show_task(task_id: UUID) -> TaskRow:
    """Show a task."""
    return _shown(task_id)


@bp.put("/tasks/<id:task_id>")
@access(SIGNED_IN, Reach.OWN)
@gives(TaskAnswer)
@takes(body=TaskChange)
def change_task(task_id: UUID, body: TaskChange) -> TaskRow:
    """Change the fields given of a task.

    Its id, status, completion and slots have verbs of their own: they may be sent back as they are, and are
    refused with 403 otherwise.
    """
    service.change_task(db.session(), viewer(), task_id, body)
    return _shown(task_id)


@bp.delete("/tasks/<id:task_id>")
@access(SIGNED_IN, Reach.OWN)
@gives()
def delete_task(task_id: UUID) -> None:
    """Delete a task with its slots, and take back the XP that it earned."""
    service.delete_task(db.session(), viewer(), task_id)


@bp.post("/tasks/<id:task_id>/complete")
@access(SIGNED_IN, Reach.OWN)
@gives(TaskAnswer, refuses=(409,))
@takes(body=CompleteInput)
def complete_task(task_id: UUID, body: CompleteInput) -> TaskRow:
    """Complete a task, now or at a past instant; one that is complete stays as it is."""
    service.complete_task(db.session(), viewer(), task_id, body.completed_at)
    return _shown(task_id)


@bp.post("/tasks/<id:task_id>/reopen")
@access(SIGNED_IN, Reach.OWN)
@gives(TaskAnswer)
def reopen_task(task_id: UUID) -> TaskRow:
    """Reopen a task that is completed or cancelled; XP that it earned is taken back."""
    service.reopen_task(db.session(), viewer(), task_id)
    return _shown(task_id)


@bp.post("/tasks/<id:task_id>/cancel")
@access(SIGNED_IN, Reach.OWN)
@gives(TaskAnswer, refuses=(409,))
def cancel_task(task_id: UUID) -> TaskRow:
    """Cancel an open task; a completed one must be reopened first."""
    service.cancel_task(db.session(), viewer(), task_id)
    return _shown(task_id)


def _shown(task_id: UUID) -> TaskRow:
    return queries.task(db.session(), viewer(), task_id)
