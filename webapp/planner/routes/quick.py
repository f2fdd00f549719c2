"""Adding by a line of text, and saying while it is typed what it is understood to mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request, url_for

from webapp.core import clock, timezones
from webapp.core.errors import ConflictError, InvalidInputError
from webapp.extensions import db
from webapp.planner import queries, service
from webapp.planner.routes.blueprint import CHANGED, bp, field_errors
from webapp.planner.routes.week_page import shown_week, week_around, week_page
from webapp.planner.types import QuickInput
from webapp.planner.week_grid import span
from webapp.web.access import SIGNED_IN, Reach, access
from webapp.web.forms import parse_form
from webapp.web.identity import viewer
from webapp.web.once import once
from webapp.web.redirects import safe_target
from webapp.web.render import render, wants_fragment
from webapp.web.responses import done

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from flask import Response

    from webapp.core.permissions import Viewer

PREVIEW = "planner/_quick_preview.html"
LONGEST_TEXT = 500


@bp.get("/planner/quick")
@access(SIGNED_IN, Reach.OWN)
def quick_preview() -> Response:
    """Say what a line of quick text would add; an empty line says nothing."""
    text = request.args.get("text", "").strip()[:LONGEST_TEXT]
    person = viewer()
    plan = service.quick_read(db.session, person, text, _today(person)) if text else None
    return render(PREVIEW, plan=plan)


@bp.post("/planner/quick")
@access(SIGNED_IN, Reach.OWN)
@once
def quick_add() -> Response:
    """Add what the line says."""
    person = viewer()
    try:
        task = service.quick_add(db.session, person, parse_form(QuickInput).text, _today(person))
    except (InvalidInputError, ConflictError) as error:
        return _again(person, error)
    to, toast = _planned(person, task.id)
    return done(to, partial="planner/_quick.html", context={"quick": _way_back()}, toast=toast, events=CHANGED)


def _again(person: Viewer, error: InvalidInputError | ConflictError) -> Response:
    quick = {"text": request.form.get("text", ""), "errors": field_errors(error, "text"), **_way_back()}
    if wants_fragment():
        return render("planner/_quick.html", status=422, quick=quick)
    return week_page(shown_week(person), status=422, quick=quick)


def _way_back() -> dict[str, str]:
    """Return the page that the line was written on, where it is not the planner's week."""
    before = safe_target(request.form.get("next"))
    return {"next": before} if before else {}


def _planned(person: Viewer, task_id: UUID) -> tuple[str, str]:
    """Return where the new task can be seen, and a sentence that says when it is planned."""
    task = queries.task(db.session, person, task_id)
    if not task.slots:
        return url_for("planner.tasks"), f"Added “{task.title}” to your tasks, without a time in the week."
    slot = task.slots[0]
    start = timezones.to_local(slot.starts_at, person.zone)
    when = f"{start:%A} {start.day} {start:%B}, {span(slot.starts_at, slot.ends_at, person.zone)}"
    return week_around(person, slot.starts_at).url(), f"Planned “{task.title}”: {when}."


def _today(person: Viewer) -> date:
    return timezones.local_date(clock.now(), person.zone)
