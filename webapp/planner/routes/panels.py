"""The panels of the week: planning time, one slot, one focus window. Each is a fragment, and part of the page."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import current_app, request

from webapp.core import clock, timezones
from webapp.core.errors import NotFoundError
from webapp.core.instants import FIRST_YEAR, LAST_YEAR
from webapp.extensions import db
from webapp.planner import access, queries
from webapp.planner.models import TaskStatus
from webapp.planner.routes.blueprint import field_errors, typed, wall_time
from webapp.planner.routes.week_page import Shown, week_around, week_page
from webapp.planner.types import TaskFilter
from webapp.web.render import render, wants_fragment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Response

    from webapp.core.errors import DomainError, FieldError
    from webapp.core.permissions import Viewer
    from webapp.planner.types import TaskRow, TaskSlotRow

USUAL_LENGTH = timedelta(hours=1)
FULL_DAY = timedelta(hours=24)
TASKS_OFFERED = 100
TIMER = "timer.start"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the panel for planning begins with; instants without an offset are wall-clock times of the person."""

    starts_at: datetime
    ends_at: datetime | None = None
    task_id: UUID | None = None
    kind: str = "slot"
    category_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """What stands open beside the week. `values` are the form's fields, `close_url` the week without the panel."""

    template: str
    values: dict[str, str]
    close_url: str
    errors: Sequence[FieldError] = ()
    details: dict[str, Any] = field(default_factory=dict)


def show_panel(panel: Panel, shown: Shown, status: int = 200) -> Response:
    """Return the panel alone for a fragment request, else the week with the panel open on it."""
    if wants_fragment():
        return render(panel.template, status=status, panel=panel)
    return week_page(shown, panel, status)


def add_panel(person: Viewer, shown: Shown, wanted: Wanted, errors: Sequence[FieldError] = ()) -> Panel:
    """Return the panel in which time is planned."""
    begin, end, second = _wall_times(person, wanted)
    times = {"starts_at": begin, "ends_at": end, "second": second}
    values = {**typed(**times, task_id=wanted.task_id, title="", category_id=wanted.category_id), "kind": wanted.kind}
    details: dict[str, Any] = {"twice": _has_hour_twice(person, wanted.starts_at)}
    if wanted.kind == "slot":
        newest = TaskFilter(status=TaskStatus.OPEN, sort="-created", limit=TASKS_OFFERED)
        details["tasks"] = _offered(person, queries.tasks(db.session, person, newest).items, values["task_id"])
        details["categories"] = [(str(c.id), c.name) for c in queries.categories(db.session, person)]
    return Panel("planner/_add_panel.html", values, shown.url(), errors, details)


def add_again(person: Viewer, error: DomainError, kind: str = "slot") -> Response:
    """Return the panel for planning as it was sent, with what was refused."""
    starts_at = _typed_start() or clock.now()
    shown = week_around(person, starts_at)
    panel = add_panel(person, shown, Wanted(starts_at, kind=kind), field_errors(error, "starts_at"))
    return show_panel(panel, shown, status=422)


def _typed_start() -> datetime | None:
    try:
        found = datetime.fromisoformat(request.form.get("starts_at", ""))
    except ValueError:
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None


def slot_panel(person: Viewer, shown: Shown, slot_id: UUID, errors: Sequence[FieldError] = ()) -> Panel:
    """Return the panel of one slot; raise NotFoundError when it is not the viewer's."""
    task, slot = slot_of(person, slot_id)
    second = "true" if timezones.to_local(slot.starts_at, person.zone).fold else ""
    values = typed(
        starts_at=wall_time(slot.starts_at, person.zone), ends_at=wall_time(slot.ends_at, person.zone), second=second
    )
    twice = _has_hour_twice(person, slot.starts_at)
    details = {"task": task, "slot": slot, "twice": twice, "can_time": TIMER in current_app.view_functions}
    return Panel("planner/_slot_panel.html", values, shown.url(), errors, details)


def focus_panel(person: Viewer, shown: Shown, window_id: UUID) -> Panel:
    """Return the panel of one focus window; raise NotFoundError when it is not the viewer's."""
    window = access.load_focus_window(db.session, person, window_id)
    return Panel("planner/_focus_panel.html", {}, shown.url(), details={"window": window})


def slot_of(person: Viewer, slot_id: UUID) -> tuple[TaskRow, TaskSlotRow]:
    """Return a slot with its task; raise NotFoundError when it is not the viewer's."""
    found = access.load_slot(db.session, person, slot_id)
    task = queries.task(db.session, person, found.task_id)
    slot = next((slot for slot in task.slots if slot.id == slot_id), None)
    if slot is None:
        raise NotFoundError
    return task, slot


def _offered(person: Viewer, tasks: list[TaskRow], chosen: str) -> list[tuple[str, str]]:
    """Return the open tasks to choose from, the chosen one among them though it may be older."""
    offered = [(str(task.id), task.title) for task in tasks]
    if chosen and chosen not in dict(offered):
        offered += _chosen(person, chosen)
    return offered


def _chosen(person: Viewer, chosen: str) -> list[tuple[str, str]]:
    try:
        task = queries.task(db.session, person, UUID(chosen))
    except (ValueError, NotFoundError):
        return []
    return [(chosen, task.title)]


def _wall_times(person: Viewer, wanted: Wanted) -> tuple[str, str, str]:
    """Return beginning and end as a form takes them, and `true` where the hour comes for the second time."""
    begin, end = wanted.starts_at, wanted.ends_at or wanted.starts_at + USUAL_LENGTH
    second = begin.tzinfo is not None and timezones.to_local(begin, person.zone).fold
    return _wall(begin, person.zone), _wall(end, person.zone), "true" if second else ""


def _wall(moment: datetime, zone: str) -> str:
    return wall_time(moment, zone) if moment.tzinfo else f"{moment:%Y-%m-%dT%H:%M}"


def _has_hour_twice(person: Viewer, instant: datetime) -> bool:
    """Tell whether an hour of the instant's day comes twice, so that a form must ask which is meant."""
    day = instant.date() if instant.tzinfo is None else timezones.local_date(instant, person.zone)
    begin, end = timezones.day_bounds(person.zone, day)
    return end - begin > FULL_DAY
