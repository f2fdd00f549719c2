"""The way back from a delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import url_for

from webapp.extensions import db
from webapp.planner import queries, service
from webapp.planner.routes.blueprint import CHANGED, bp
from webapp.planner.service.undo_store import KEPT_FOR
from webapp.web.access import SIGNED_IN, Reach, access
from webapp.web.identity import viewer
from webapp.web.redirects import page_before
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Response


@bp.get("/planner/deleted")
@access(SIGNED_IN, Reach.OWN)
def deleted() -> Response:
    """Show what can still be brought back, for when the toast is gone."""
    minutes = int(KEPT_FOR.total_seconds()) // 60
    return render("planner/deleted.html", deleted=queries.deleted(db.session(), viewer()), minutes=minutes)


@bp.post("/undo/<uuid:undo_id>")
@access(SIGNED_IN, Reach.OWN)
def undo(undo_id: UUID) -> Response:
    """Bring back what a delete took away, and stay where one was."""
    message = service.undo(db.session, viewer(), undo_id)
    return done(page_before() or url_for("planner.week"), toast=message, events=(*CHANGED, "timer-changed"))
