"""Keeping time free for focused work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from flask import redirect, url_for

from webapp.core.errors import ConflictError, InvalidInputError
from webapp.extensions import db
from webapp.planner import access as planner_access
from webapp.planner import service
from webapp.planner.routes import panels
from webapp.planner.routes.blueprint import CHANGED, bp
from webapp.planner.routes.slots import SlotTimes
from webapp.planner.routes.week_page import week_around
from webapp.planner.types import FocusWindowInput
from webapp.web.access import SIGNED_IN, Reach, access
from webapp.web.forms import parse_form
from webapp.web.identity import viewer
from webapp.web.once import once
from webapp.web.render import wants_fragment
from webapp.web.responses import done

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Response
    from werkzeug.wrappers import Response as AnyResponse


class FocusForm(SlotTimes):
    """The times of a focus window as its form sends them."""

    kind: Literal["focus"] = "focus"


@bp.post("/focus-windows")
@access(SIGNED_IN, Reach.OWN)
@once
def add_focus_window() -> Response:
    """Keep time free for focused work."""
    person = viewer()
    try:
        form = parse_form(FocusForm)
        times = form.in_zone(person.zone)
        given = FocusWindowInput(starts_at=times.starts_at, ends_at=times.ends_at)
        service.add_focus_window(db.session, person, given)
    except (InvalidInputError, ConflictError) as error:
        return panels.add_again(person, error, "focus")
    shown = week_around(person, form.starts_at)
    return done(shown.url(), toast="The time is kept free for focused work.", events=CHANGED)


@bp.get("/focus-windows/<uuid:window_id>")
@access(SIGNED_IN, Reach.OWN)
def focus_window(window_id: UUID) -> AnyResponse:
    """Show one focus window: as a panel, or on the page of its week."""
    person = viewer()
    found = planner_access.load_focus_window(db.session, person, window_id)
    shown = week_around(person, found.starts_at)
    if not wants_fragment():
        return redirect(shown.url(focus=window_id))
    return panels.show_panel(panels.focus_panel(person, shown, window_id), shown)


@bp.post("/focus-windows/<uuid:window_id>/delete")
@access(SIGNED_IN, Reach.OWN)
def delete_focus_window(window_id: UUID) -> Response:
    """Delete a focus window; the toast can bring it back."""
    person = viewer()
    found = planner_access.load_focus_window(db.session, person, window_id)
    shown = week_around(person, found.starts_at)
    undo_id = service.delete_focus_window(db.session, person, window_id)
    way_back = url_for("planner.undo", undo_id=undo_id)
    return done(shown.url(), toast="The focus window is deleted.", undo=way_back, events=CHANGED)
