"""Pages for bringing a calendar in, and for the secret addresses under which others read one's slots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, make_response, request, url_for

from webapp.core import clock, timezones
from webapp.core.errors import ConflictError, InvalidInputError
from webapp.core.periods import format_week
from webapp.extensions import db
from webapp.planner import queries as planner
from webapp.planner.calendar import feed as feeds
from webapp.planner.calendar import queries, service
from webapp.planner.calendar.findings import UnreadableCalendarError, Window
from webapp.planner.calendar.sandbox import read_safely
from webapp.planner.calendar.trimming import MAXIMUM_BYTES
from webapp.planner.calendar.types import DEFAULT_WINDOW, MAXIMUM_WINDOW_DAYS, Applied, ImportForm
from webapp.web.access import ANYONE, SIGNED_IN, Reach, access
from webapp.web.forms import parse_form
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from webapp.core.errors import FieldError
    from webapp.core.permissions import Viewer
    from webapp.planner.calendar.findings import Reading

bp = Blueprint("calendar", __name__)


@bp.get("/planner/import")
@access(SIGNED_IN, Reach.OWN)
def import_form() -> Response:
    """Show the form that takes a calendar file."""
    return _import_page()


@bp.post("/planner/import")
@access(SIGNED_IN, Reach.OWN)
def upload() -> Response:
    """Read a file and keep what was found, to be looked at before anything is changed."""
    person = viewer()
    # Reading may take a second or two; no transaction, and on SQLite no write lock, waits for it.
    db.session.rollback()
    try:
        form = parse_form(ImportForm)
        reading = _read_upload(person, form)
        kept = service.keep_import(db.session, person, form, request.files["file"].filename or "", reading)
    except InvalidInputError as error:
        return _import_page(422, error.errors)
    return done(url_for("calendar.preview", import_id=kept), leave=True)


@bp.get("/planner/import/<uuid:import_id>")
@access(SIGNED_IN, Reach.OWN)
def preview(import_id: UUID) -> Response:
    """Show what an import would add and change, and what it leaves out and why."""
    found = queries.preview(db.session, viewer(), import_id)
    return render("planner/import_preview.html", "planner/_import_preview.html", preview=found)


@bp.post("/planner/import/<uuid:import_id>/apply")
@access(SIGNED_IN, Reach.OWN)
def apply(import_id: UUID) -> Response:
    """Carry an import out, all of it or nothing."""
    applied = service.apply_import(db.session, viewer(), import_id)
    if applied is None:
        return done(url_for("planner.week"), toast="This import was carried out before.", leave=True)
    week = format_week(applied.first_day, viewer().week_start) if applied.first_day else None
    return done(url_for("planner.week", week=week), toast=_sentence(applied), leave=True)


@bp.post("/planner/import/<uuid:import_id>/discard")
@access(SIGNED_IN, Reach.OWN)
def discard(import_id: UUID) -> Response:
    """Forget a file without taking anything over."""
    service.discard_import(db.session, viewer(), import_id)
    return done(url_for("calendar.import_form"), toast="Nothing was imported.", leave=True)


@bp.get("/planner/feed")
@access(SIGNED_IN, Reach.OWN)
def feed_page() -> Response:
    """Show the secret addresses in force."""
    return _feed_page()


@bp.post("/planner/feed")
@access(SIGNED_IN, Reach.OWN)
def create_feed() -> Response:
    """Make a secret address and show it, this once."""
    try:
        secret = service.create_feed(db.session, viewer())
    except ConflictError as error:
        return _feed_page(409, problem=error.detail)
    return _feed_page(fresh_address=url_for("calendar.feed", secret=secret, _external=True))


@bp.post("/planner/feed/<uuid:feed_id>/revoke")
@access(SIGNED_IN, Reach.OWN)
def revoke_feed(feed_id: UUID) -> Response:
    """End a secret address."""
    service.revoke_feed(db.session, viewer(), feed_id)
    return done(url_for("calendar.feed_page"), toast="That address shows nothing any more.", leave=True)


@bp.get("/calendar/<string:secret>.ics")
@access(ANYONE, Reach.PUBLIC)
def feed(secret: str) -> Response:
    """Answer a calendar program that knows a secret address; nothing but slots is shown."""
    owner = queries.feed_owner(db.session, secret)
    first, last = queries.feed_dates(owner)
    slots = queries.feed_slots(db.session, owner, first, last)
    tag = feeds.fingerprint(owner.zone, slots, first, last)
    known = request.if_none_match.contains_weak(tag)
    body = b"" if known else feeds.calendar_file(owner.zone, slots, first, last)
    response = make_response(body, 304 if known else 200)
    response.mimetype = "text/calendar"
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Disposition"] = 'inline; filename="milepost.ics"'
    return response


def _read_upload(person: Viewer, form: ImportForm) -> Reading:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise InvalidInputError.of("file", "Choose a calendar file (.ics).")
    try:
        return read_safely(file.stream.read(MAXIMUM_BYTES + 1), Window(person.zone, form.first, form.last))
    except UnreadableCalendarError as error:
        raise InvalidInputError.of("file", str(error)) from error


def _import_page(status: int = 200, errors: Sequence[FieldError] = ()) -> Response:
    today = timezones.local_date(clock.now(), viewer().zone)
    typed = {"target": "slots", "category_id": "", "first": today, "last": today + DEFAULT_WINDOW, **request.form}
    return render(
        "planner/import.html",
        status=status,
        categories=planner.categories(db.session, viewer()),
        typed=typed,
        errors=errors,
        maximum_days=MAXIMUM_WINDOW_DAYS,
        maximum_megabytes=MAXIMUM_BYTES // 1024 // 1024,
    )


def _feed_page(status: int = 200, fresh_address: str = "", problem: str = "") -> Response:
    shown = {"fresh_address": fresh_address, "problem": problem, "feeds": queries.feeds(db.session, viewer())}
    limits = {"days_before": queries.FEED_DAYS_BEFORE, "days_after": queries.FEED_DAYS_AFTER}
    return render("planner/feed.html", status=status, **shown, **limits)


def _sentence(applied: Applied) -> str:
    if not applied.added and not applied.moved:
        return "Everything was here already; nothing changed."
    parts = [f"{applied.added:,} added"] if applied.added else []
    parts += [f"{applied.moved:,} moved"] if applied.moved else []
    return f"Imported: {' and '.join(parts)}."
