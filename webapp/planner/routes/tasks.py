"""The task list, and the form of a task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import request, url_for

from webapp.core import clock, timezones
from webapp.core.errors import ConflictError, InvalidInputError
from webapp.core.periods import week_of
from webapp.extensions import db
from webapp.planner import queries, service
from webapp.planner.models import Priority, TaskStatus
from webapp.planner.routes.blueprint import CHANGED, bp, field_errors, typed, wall_time
from webapp.planner.routes.shapes import tasks_markup
from webapp.planner.routes.task_list import ANY_STATUS, PERIODS, SORTS, TaskQuery
from webapp.planner.routes.week_page import shown_week, suggested_start, timer_panel
from webapp.planner.task_lines import task_line, task_lines
from webapp.planner.types import TaskFilter, TaskForm
from webapp.web.access import SIGNED_IN, Reach, access
from webapp.web.forms import parse_form, parse_query
from webapp.web.identity import viewer
from webapp.web.once import once
from webapp.web.redirects import safe_target
from webapp.web.render import render, wants_fragment
from webapp.web.responses import done

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from flask import Response

    from webapp.core.errors import FieldError
    from webapp.core.permissions import Viewer
    from webapp.planner.types import CategoryRow, TaskChange, TaskRow


@bp.get("/tasks")
@access(SIGNED_IN, Reach.OWN)
def tasks() -> Response:
    """Show the viewer's tasks, as the address asks for them."""
    person, asked, now = viewer(), parse_query(TaskQuery), clock.now()
    today = timezones.local_date(now, person.zone)
    listing = queries.tasks(db.session(), person, asked.as_filter(person, today))
    categories = queries.categories(db.session(), person, include_archived=True)
    here, selectable = asked.url(offset=asked.offset), asked.status in {ANY_STATUS, TaskStatus.OPEN}
    plan_url = f"{url_for('planner.add_form', at=suggested_start(person, shown_week(person), now))}&task="
    lines = task_lines(listing.items, now, person.zone)
    return render(
        "planner/tasks.html",
        "planner/_task_list.html",
        asked=asked,
        here=here,
        listing=listing,
        rows=tasks_markup(lines, plan_url, quote(here, safe="/"), selectable=selectable),
        selectable=selectable,
        category_choices=[("none", "No category"), *((category.id, category.name) for category in categories)],
        chips=asked.chips(categories),
        has_tasks=bool(listing.total) or _has_tasks(person),
        periods=list(PERIODS.items()),
        priorities=[(each.value, f"{each.value.capitalize()} priority") for each in reversed(Priority)],
        sorts=list(SORTS.items()),
        week=week_of(today, person.week_start),
        timer=None if wants_fragment() else timer_panel(db.session(), person),
    )


def _has_tasks(person: Viewer) -> bool:
    return queries.tasks(db.session, person, TaskFilter(limit=1)).total > 0


@bp.get("/tasks/new")
@access(SIGNED_IN, Reach.OWN)
def new_task() -> Response:
    """Show the form of a new task."""
    return task_form(viewer(), None)


@bp.post("/tasks")
@access(SIGNED_IN, Reach.OWN)
@once
def create_task() -> Response:
    """Make a task."""
    person = viewer()
    try:
        task = service.create_task(db.session, person, parse_form(TaskForm).as_input())
    except (InvalidInputError, ConflictError) as error:
        return task_form(person, None, field_errors(error, "title"))
    return done(url_for("planner.tasks"), toast=f"Added “{task.title}”.", events=CHANGED, leave=True)


@bp.get("/tasks/<uuid:task_id>/edit")
@access(SIGNED_IN, Reach.OWN)
def edit_task(task_id: UUID) -> Response:
    """Show the form of a task, and its slots."""
    person = viewer()
    return task_form(person, queries.task(db.session, person, task_id))


@bp.post("/tasks/<uuid:task_id>/edit")
@access(SIGNED_IN, Reach.OWN)
def change_task(task_id: UUID) -> Response:
    """Change a task."""
    person = viewer()
    before = queries.task(db.session, person, task_id)
    try:
        change = _with_due_kept(person, before, parse_form(TaskForm).as_change())
        task = service.change_task(db.session, person, task_id, change)
    except (InvalidInputError, ConflictError) as error:
        return task_form(person, before, field_errors(error, "title"))
    return done(url_for("planner.tasks"), toast=f"Saved “{task.title}”.", events=CHANGED, leave=True)


def _with_due_kept(person: Viewer, before: TaskRow, change: TaskChange) -> TaskChange:
    """Return the change with the very instant that the form showed, where it came back as it was shown."""
    if before.due_at and change.due_at and f"{change.due_at:%Y-%m-%dT%H:%M}" == wall_time(before.due_at, person.zone):
        return change.model_copy(update={"due_at": before.due_at})
    return change


def task_form(person: Viewer, task: TaskRow | None, errors: Sequence[FieldError] = ()) -> Response:
    """Return the page of a task, None for a new one, with what was refused of what was sent."""
    status = 422 if errors else 200
    return render("planner/task.html", "planner/_task_form.html", status=status, **_form_context(person, task, errors))


def _form_context(person: Viewer, task: TaskRow | None, errors: Sequence[FieldError]) -> dict[str, Any]:
    shown = {name: getattr(task, name) if task else None for name in ("title", "notes", "category_id")}
    due = wall_time(task.due_at, person.zone) if task and task.due_at else ""
    categories = queries.categories(db.session, person, include_archived=True)
    return {
        "task": task,
        "line": task_line(task, clock.now(), person.zone) if task else None,
        "values": typed(**shown, due_at=due, completed_at="", priority=task.priority.value if task else "medium"),
        "errors": [*errors],
        "category_choices": _category_choices(categories, task),
        "next_url": safe_target(request.values.get("next")),
        "plan_at": suggested_start(person, shown_week(person), clock.now()),
    }


def _category_choices(categories: Sequence[CategoryRow], task: TaskRow | None) -> list[tuple[UUID, str]]:
    """Return the categories in use, and the task's own though it may be archived."""
    own = task.category_id if task else None
    offered = [category for category in categories if not category.archived or category.id == own]
    return [(c.id, f"{c.name} (archived)" if c.archived else c.name) for c in offered]
