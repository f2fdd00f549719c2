"""The page of exports: asking for one, seeing it come, and saving it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, request, send_file, url_for

from webapp.core import clock
from webapp.core.errors import ConflictError, FieldError, InvalidInputError, NotFoundError
from webapp.db.after_commit import after_commit
from webapp.db.redis import redis_seems_down
from webapp.exports import files, queries, service
from webapp.exports.jobs import build_export, folder
from webapp.exports.models import ExportFormat
from webapp.exports.types import KEPT_DAYS, ExportForm
from webapp.extensions import db
from webapp.jobs.queue import enqueue
from webapp.web.access import SIGNED_IN, Reach, access
from webapp.web.forms import parse_form
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any
    from uuid import UUID

    from flask import Response

bp = Blueprint("exports", __name__)

PAGE, FRAGMENT = "exports/page.html", "exports/_exports.html"
LATE_SECONDS = 20
TYPES = {
    ExportFormat.CSV: "text/csv",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@bp.get("/exports")
@access(SIGNED_IN, Reach.OWN)
def index() -> Response:
    """Show the viewer's exports and the form for another; the list alone refreshes itself."""
    return _page()


@bp.post("/exports")
@access(SIGNED_IN, Reach.OWN)
def create() -> Response:
    """Put an export in the queue; it is built in the background."""
    try:
        export_id = service.request_export(db.session, viewer(), parse_form(ExportForm))
    except InvalidInputError as error:
        return _page(422, error.errors)
    except ConflictError as error:
        return _page(409, [FieldError("kind", error.detail)])
    _ask_workers(export_id)
    return done(url_for("exports.index"), toast="Your export is being built. You can leave this page.", leave=True)


@bp.post("/exports/<uuid:export_id>/cancel")
@access(SIGNED_IN, Reach.OWN)
def cancel(export_id: UUID) -> Response:
    """Stop an export that is still to come."""
    service.cancel_export(db.session, viewer(), export_id)
    return _done()


@bp.post("/exports/<uuid:export_id>/retry")
@access(SIGNED_IN, Reach.OWN)
def retry(export_id: UUID) -> Response:
    """Build a failed or cancelled export after all."""
    service.retry_export(db.session, viewer(), export_id)
    _ask_workers(export_id)
    return _done()


@bp.post("/exports/<uuid:export_id>/delete")
@access(SIGNED_IN, Reach.OWN)
def delete(export_id: UUID) -> Response:
    """Delete an export and its file."""
    name, place = service.delete_export(db.session, viewer(), export_id), folder()
    if name:
        after_commit(db.session(), lambda: files.remove(place, name))
    return _done("The export is deleted.")


@bp.get("/exports/<uuid:export_id>/download")
@access(SIGNED_IN, Reach.OWN)
def download(export_id: UUID) -> Response:
    """Send a finished file to its owner."""
    ready = queries.ready_file(db.session, viewer(), export_id)
    path = folder() / ready.file_name
    if not path.is_file():
        raise NotFoundError("The file is gone. Ask for a new export.")
    return send_file(path, mimetype=TYPES[ready.file_format], as_attachment=True, download_name=ready.save_as)


def _ask_workers(export_id: UUID) -> None:
    """Tell workers once the request has committed; if that is lost, reconciling finds the row."""
    after_commit(db.session(), lambda: enqueue(build_export, export_id))


def _page(status: int = 200, errors: Sequence[FieldError] = ()) -> Response:
    typed = {"kind": "daily", "file_format": "csv", "period": "28d", "first": "", "last": "", **request.form}
    return render(PAGE, FRAGMENT, status, typed=typed, errors=errors, **_listed())


def _done(toast: str | None = None) -> Response:
    return done(url_for("exports.index"), partial=FRAGMENT, context=_listed(), toast=toast)


def _listed() -> dict[str, Any]:
    found = queries.exports(db.session, viewer())
    now = clock.now()
    late = {row.id for row in found if row.is_pending and (now - row.created_at).total_seconds() > LATE_SECONDS}
    return {"exports": found, "late": late, "workers_away": redis_seems_down(), "kept_days": KEPT_DAYS}
