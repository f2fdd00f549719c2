"""The page of a week."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

from pydantic import StringConstraints

from webapp.core.inputs import Input
from webapp.core.instants import Instant, LocalDate
from webapp.planner.routes import panels
from webapp.planner.routes.blueprint import bp
from webapp.planner.routes.week_page import Shown, shown_week, week_page
from webapp.web.access import SIGNED_IN, Reach, access
from webapp.web.forms import parse_query
from webapp.web.identity import viewer

if TYPE_CHECKING:
    from flask import Response

    from webapp.core.permissions import Viewer


class WeekQuery(Input):
    """The address of a week: which one, which day on a narrow screen, and what stands open on it."""

    week: Annotated[str, StringConstraints(max_length=16)] | None = None
    day: LocalDate | None = None
    hours: Literal["all"] | None = None
    add: Instant | None = None
    until: Instant | None = None
    kind: Literal["slot", "focus"] = "slot"
    task: UUID | None = None
    category: UUID | None = None
    slot: UUID | None = None
    focus: UUID | None = None


@bp.get("/planner")
@access(SIGNED_IN, Reach.OWN)
def week() -> Response:
    """Show a week, and on it a panel where the address names one."""
    person, asked = viewer(), parse_query(WeekQuery)
    shown = shown_week(person, asked.week, asked.day, all_hours=asked.hours == "all")
    return week_page(shown, _panel(person, shown, asked))


def _panel(person: Viewer, shown: Shown, asked: WeekQuery) -> panels.Panel | None:
    if asked.slot:
        return panels.slot_panel(person, shown, asked.slot)
    if asked.focus:
        return panels.focus_panel(person, shown, asked.focus)
    if asked.add:
        wanted = panels.Wanted(asked.add, asked.until, asked.task, asked.kind, asked.category)
        return panels.add_panel(person, shown, wanted)
    return None
