"""Slots, focus windows, and the calendar that holds both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.extensions import db
from webapp.planner import queries, service
from webapp.planner.api.answers import CalendarAnswer, FocusWindowAnswer, SlotAnswer
from webapp.planner.api.blueprint import bp
from webapp.planner.types import (
    FocusWindowFilter,
    FocusWindowInput,
    FocusWindowRow,
    RangeFilter,
    SlotChange,
    SlotInput,
)
from webapp.web.access import SIGNED_IN, Reach, access
from webapp.web.api import ListAnswer, gives, takes
from webapp.web.identity import viewer

if TYPE_CHECKING:
    from uuid import UUID

    from webapp.core.paging import Listing
    from webapp.planner.models import FocusWindow, Slot


@bp.post("/tasks/<id:task_id>/slots")
@access(SIGNED_IN, Reach.OWN)
@gives(SlotAnswer, 201, once=True)
@takes(body=SlotInput)
def create_slot(task_id: UUID, body: SlotInput) -> Slot:
    """Plan time for a task: whole minutes, at most 24 hours."""
    return service.add_slot(db.session(), viewer(), task_id, body)


@bp.put("/slots/<id:slot_id>")
@access(SIGNED_IN, Reach.OWN)
@gives(SlotAnswer)
@takes(body=SlotChange)
def change_slot(slot_id: UUID, body: SlotChange) -> Slot:
    """Move a slot, or say whether it was missed."""
    return service.change_slot(db.session(), viewer(), slot_id, body)


@bp.delete("/slots/<id:slot_id>")
@access(SIGNED_IN, Reach.OWN)
@gives()
def delete_slot(slot_id: UUID) -> None:
    """Delete a slot; its task stays."""
    service.delete_slot(db.session(), viewer(), slot_id)


@bp.get("/focus-windows")
@access(SIGNED_IN, Reach.OWN)
@gives(ListAnswer[FocusWindowAnswer])
@takes(query=FocusWindowFilter)
def list_focus_windows(query: FocusWindowFilter) -> Listing[FocusWindowRow]:
    """List your focus windows, earliest first; with dates, those that touch one of them."""
    return queries.focus_window_page(db.session(), viewer(), query)


@bp.post("/focus-windows")
@access(SIGNED_IN, Reach.OWN)
@gives(FocusWindowAnswer, 201, once=True)
@takes(body=FocusWindowInput)
def create_focus_window(body: FocusWindowInput) -> FocusWindow:
    """Keep time free for focused work: whole minutes, at most 24 hours."""
    return service.add_focus_window(db.session(), viewer(), body)


@bp.delete("/focus-windows/<id:window_id>")
@access(SIGNED_IN, Reach.OWN)
@gives()
def delete_focus_window(window_id: UUID) -> None:
    """Delete a focus window."""
    service.delete_focus_window(db.session(), viewer(), window_id)


@bp.get("/calendar")
@access(SIGNED_IN, Reach.OWN)
@gives(CalendarAnswer)
@takes(query=RangeFilter)
def show_calendar(query: RangeFilter) -> dict[str, Any]:
    """Show the slots and focus windows that touch a range of dates in your time zone."""
    found = queries.calendar(db.session(), viewer(), query.start_date, query.end_date)
    dates = {"start": query.start_date, "end": query.end_date}
    return {"range": dates, "slots": found.slots, "focus_windows": found.focus_windows}
