"""Planning time: adding, moving, marking and deleting slots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal
from uuid import UUID

from flask import redirect, url_for

from webapp.core import timezones
from webapp.core.errors import ConflictError, FieldError, InvalidInputError
from webapp.core.inputs import Input
from webapp.core.instants import Instant
from webapp.extensions import db
from webapp.planner import access as planner_access
from webapp.planner import service
from webapp.planner.routes import panels
from webapp.planner.routes.blueprint import CHANGED, bp
from webapp.planner.routes.week_page import week_around
from webapp.planner.types import MissedInput, SlotChange, SlotInput, TaskInput
from webapp.planner.week_grid import span
from webapp.web.access import SIGNED_IN, Reach, access
from webapp.web.forms import parse_form, parse_query, parse_strings
from webapp.web.identity import viewer
from webapp.web.once import once
from webapp.web.render import wants_fragment
from webapp.web.responses import done

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Response
    from werkzeug.wrappers import Response as AnyResponse

    from webapp.core.permissions import Viewer
    from webapp.planner.models import Slot


class AddQuery(Input):
    """What the panel for planning begins with."""

    at: Instant
    until: Instant | None = None
    kind: Literal["slot", "focus"] = "slot"
    task: UUID | None = None


class SlotTimes(Input):
    """The times of a slot as its form sends them; `second` asks for the second of an hour that comes twice."""

    starts_at: Instant
    ends_at: Instant
    second: bool = False

    def in_zone(self, zone: str) -> SlotInput:
        """Return the times, with the second hour in place where it is asked for."""
        begin, end = (self._second(value, zone) for value in (self.starts_at, self.ends_at))
        return SlotInput(starts_at=begin, ends_at=end)

    def _second(self, value: datetime, zone: str) -> datetime:
        if not self.second or value.tzinfo is not None:
            return value
        try:
            return timezones.resolve_local(value, zone, fold=1)
        except timezones.NonexistentTimeError:
            return value  # the service refuses it, naming the field


class PlanForm(SlotTimes):
    """Time for a task that exists, or for a new one."""

    task_id: UUID | None = None
    title: str = ""
    category_id: UUID | None = None
    kind: Literal["slot"] = "slot"


@bp.get("/planner/add")
@access(SIGNED_IN, Reach.OWN)
def add_form() -> AnyResponse:
    """Show the panel in which time is planned."""
    person, asked = viewer(), parse_query(AddQuery)
    shown = week_around(person, asked.at)
    if not wants_fragment():
        until = asked.until.isoformat() if asked.until else None
        return redirect(shown.url(add=asked.at.isoformat(), until=until, kind=asked.kind, task=asked.task))
    wanted = panels.Wanted(asked.at, asked.until, asked.task, asked.kind)
    return panels.show_panel(panels.add_panel(person, shown, wanted), shown)


@bp.post("/slots")
@access(SIGNED_IN, Reach.OWN)
@once
def add_slot() -> Response:
    """Plan time for a task, making the task where it is new."""
    person = viewer()
    try:
        form = parse_form(PlanForm)
        title = _plan(person, form)
    except (InvalidInputError, ConflictError) as error:
        return panels.add_again(person, error)
    return done(week_around(person, form.starts_at).url(), toast=f"Planned: {title}.", events=CHANGED)


def _plan(person: Viewer, form: PlanForm) -> str:
    """Add the slot, and return the title of its task."""
    times = form.in_zone(person.zone)
    if form.task_id:
        service.add_slot(db.session, person, form.task_id, times)
        return planner_access.load_task(db.session, person, form.task_id).title
    if not form.title.strip():
        raise InvalidInputError.of("title", "Say what you will do, or choose one of your tasks.")
    new = {"title": form.title, "category_id": form.category_id, "slots": [times]}
    try:
        return service.create_task(db.session, person, parse_strings(TaskInput, new)).title
    except InvalidInputError as error:
        raise InvalidInputError(
            [FieldError(e.field.removeprefix("slots.0."), e.message) for e in error.errors]
        ) from error


@bp.get("/slots/<uuid:slot_id>")
@access(SIGNED_IN, Reach.OWN)
def slot(slot_id: UUID) -> AnyResponse:
    """Show one slot: as a panel, or on the page of its week."""
    person = viewer()
    shown = week_around(person, planner_access.load_slot(db.session, person, slot_id).starts_at)
    if not wants_fragment():
        return redirect(shown.url(slot=slot_id))
    return panels.show_panel(panels.slot_panel(person, shown, slot_id), shown)


@bp.post("/slots/<uuid:slot_id>")
@access(SIGNED_IN, Reach.OWN)
def change_slot(slot_id: UUID) -> Response:
    """Change when a slot begins and ends; a refusal comes back into the panel with what was typed."""
    person = viewer()
    found = planner_access.load_slot(db.session, person, slot_id)
    shown = week_around(person, found.starts_at)
    try:
        times = parse_form(SlotTimes).in_zone(person.zone)
        changed = service.change_slot(
            db.session, person, slot_id, SlotChange(starts_at=times.starts_at, ends_at=times.ends_at)
        )
    except InvalidInputError as error:
        return panels.show_panel(panels.slot_panel(person, shown, slot_id, error.errors), shown, status=422)
    return done(
        week_around(person, changed.starts_at).url(), toast=f"Moved to {_when(person, changed)}.", events=CHANGED
    )


@bp.post("/slots/<uuid:slot_id>/move")
@access(SIGNED_IN, Reach.OWN)
def move_slot(slot_id: UUID) -> Response:
    """Move a slot, as by dragging it; a refusal is shown above the page."""
    person = viewer()
    changed = service.change_slot(db.session, person, slot_id, parse_form(SlotChange))
    return done(week_around(person, changed.starts_at).url(), events=CHANGED)


@bp.post("/slots/<uuid:slot_id>/missed")
@access(SIGNED_IN, Reach.OWN)
def mark_slot(slot_id: UUID) -> Response:
    """Say whether the time of a slot was missed."""
    person = viewer()
    missed = parse_form(MissedInput).missed
    changed = service.set_missed(db.session, person, slot_id, missed)
    toast = "Marked as missed." if missed else "No longer marked as missed."
    return done(week_around(person, changed.starts_at).url(), toast=toast, events=CHANGED)


@bp.post("/slots/<uuid:slot_id>/delete")
@access(SIGNED_IN, Reach.OWN)
def delete_slot(slot_id: UUID) -> Response:
    """Delete a slot; the toast can bring it back."""
    person = viewer()
    shown = week_around(person, planner_access.load_slot(db.session, person, slot_id).starts_at)
    undo_id = service.delete_slot(db.session, person, slot_id)
    way_back = url_for("planner.undo", undo_id=undo_id)
    return done(shown.url(), toast="The slot is deleted.", undo=way_back, events=CHANGED)


def _when(person: Viewer, slot: Slot) -> str:
    start = timezones.to_local(slot.starts_at, person.zone)
    return f"{start:%A} {start.day} {start:%B}, {span(slot.starts_at, slot.ends_at, person.zone)}"
