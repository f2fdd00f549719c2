"""What is done to tasks in one click: completing, reopening, cancelling, deleting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import url_for

from webapp.core.errors import InvalidInputError
from webapp.extensions import db
from webapp.planner import access as planner_access
from webapp.planner import queries, service
from webapp.planner.routes.blueprint import CHANGED, bp
from webapp.planner.routes.tasks import task_form
from webapp.planner.types import CompleteInput, TaskIds
from webapp.web.access import SIGNED_IN, Reach, access
from webapp.web.forms import parse_form
from webapp.web.identity import viewer
from webapp.web.responses import done
from webapp.xp.queries import given_for
from webapp.xp.wording import held_back_text

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Response


@bp.post("/tasks/<uuid:task_id>/complete")
@access(SIGNED_IN, Reach.OWN)
def complete_task(task_id: UUID) -> Response:
    """Complete a task, now or at the earlier moment that the form says; the toast can reopen it."""
    person = viewer()
    try:
        task = service.complete_task(db.session, person, task_id, parse_form(CompleteInput).completed_at)
    except InvalidInputError as error:
        return task_form(person, queries.task(db.session, person, task_id), error.errors)
    _, why_not = given_for(db.session(), person.user_id, task_id)
    way_back = url_for("planner.reopen_task", task_id=task_id)
    toast = " ".join(filter(None, (f"Completed “{task.title}”.", held_back_text(why_not))))
    return done(url_for("planner.tasks"), toast=toast, undo=way_back, events=CHANGED)


@bp.post("/tasks/<uuid:task_id>/reopen")
@access(SIGNED_IN, Reach.OWN)
def reopen_task(task_id: UUID) -> Response:
    """Open a task again, whether it was completed or cancelled."""
    task = service.reopen_task(db.session, viewer(), task_id)
    return done(url_for("planner.tasks"), toast=f"“{task.title}” is open again.", events=CHANGED)


@bp.post("/tasks/<uuid:task_id>/cancel")
@access(SIGNED_IN, Reach.OWN)
def cancel_task(task_id: UUID) -> Response:
    """Cancel a task: it stays in the list of cancelled ones, and counts nowhere."""
    task = service.cancel_task(db.session, viewer(), task_id)
    way_back = url_for("planner.reopen_task", task_id=task_id)
    return done(url_for("planner.tasks"), toast=f"Cancelled “{task.title}”.", undo=way_back, events=CHANGED)


@bp.post("/tasks/<uuid:task_id>/delete")
@access(SIGNED_IN, Reach.OWN)
def delete_task(task_id: UUID) -> Response:
    """Delete a task with its slots; the toast can bring it back."""
    person = viewer()
    title = planner_access.load_task(db.session, person, task_id).title
    undo_id = service.delete_task(db.session, person, task_id)
    way_back = url_for("planner.undo", undo_id=undo_id)
    return done(url_for("planner.tasks"), toast=f"Deleted “{title}”.", undo=way_back, events=CHANGED)


@bp.post("/tasks/complete")
@access(SIGNED_IN, Reach.OWN)
def complete_tasks() -> Response:
    """Complete all the tasks that were picked in the list; the toast can open them again."""
    count, undo_id = service.complete_together(db.session, viewer(), parse_form(TaskIds).ids)
    toast = "Nothing was left to complete." if count == 0 else f"Completed {count} task{'s' if count > 1 else ''}."
    way_back = url_for("planner.undo", undo_id=undo_id) if undo_id else None
    return done(url_for("planner.tasks"), toast=toast, undo=way_back, events=CHANGED)
