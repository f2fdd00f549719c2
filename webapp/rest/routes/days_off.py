"""One's own days off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import url_for

from webapp.core import clock, timezones
from webapp.extensions import db
from webapp.rest import queries, service
from webapp.rest.routes.blueprint import CHANGED, REFUSALS, bp, field_errors, typed
from webapp.rest.types import DaysOffInput
from webapp.web.access import SIGNED_IN, Reach, access
from webapp.web.forms import parse_form, parse_query
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Response

    from webapp.core.errors import FieldError


@bp.get("/account/days-off")
@access(SIGNED_IN, Reach.OWN)
def days_off() -> Response:
    """Show the viewer's days off, and when their school rests."""
    return _page()


@bp.post("/account/days-off")
@access(SIGNED_IN, Reach.OWN)
def take_days_off() -> Response:
    """Take a day, or all days from the first to the last, off."""
    try:
        count = service.take_days_off(db.session(), viewer(), parse_form(DaysOffInput))
    except REFUSALS as error:
        return _page(422, field_errors(error, "first"))
    return _done("That day is off." if count == 1 else f"{count} days are off.")


@bp.post("/account/days-off/remove")
@access(SIGNED_IN, Reach.OWN)
def take_back_days_off() -> Response:
    """Work on some days after all; the toast can undo it."""
    given = parse_form(DaysOffInput)
    count = service.take_back_days_off(db.session(), viewer(), given)
    first, last = given.span
    way_back = url_for("rest.undo_days_off", first=first, last=last) if count else None
    words = {0: "Those days were not off.", 1: "That day is no longer off."}
    return _done(words.get(count, f"{count} days are no longer off."), way_back)


@bp.post("/account/days-off/undo")
@access(SIGNED_IN, Reach.OWN)
def undo_days_off() -> Response:
    """Take the days off that the address names."""
    service.take_days_off(db.session(), viewer(), parse_query(DaysOffInput))
    return _done("The days are off again.")


def _done(words: str, undo: str | None = None) -> Response:
    return done(url_for("rest.days_off"), toast=words, undo=undo, events=CHANGED)


def _page(status: int = 200, errors: Sequence[FieldError] = ()) -> Response:
    person = viewer()
    today = timezones.local_date(clock.now(), person.zone)
    spans = queries.days_off(db.session(), person)
    return render(
        "rest/days_off.html",
        "rest/_days_off.html",
        status=status,
        coming=[span for span in spans if span.last >= today][::-1],
        past=[span for span in spans if span.last < today],
        school=queries.coming_holidays(db.session(), person, today),
        today=today,
        values=typed("first", "last"),
        errors=errors,
    )
