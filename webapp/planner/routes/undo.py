"""The way back from a delete."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import request, url_for

from webapp.extensions import db
from webapp.planner import service
from webapp.planner.routes.blueprint import CHANGED, bp
from webapp.web.access import SIGNED_IN, Reach, access
from webapp.web.identity import viewer
from webapp.web.redirects import safe_target
from webapp.web.responses import done

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Response


@bp.post("/undo/<uuid:undo_id>")
@access(SIGNED_IN, Reach.OWN)
def undo(undo_id: UUID) -> Response:
    """Bring back what a delete took away, and stay where one was."""
    message = service.undo(db.session, viewer(), undo_id)
    return done(_page_before() or url_for("planner.week"), toast=message, events=CHANGED)


def _page_before() -> str | None:
    """Return the page of ours on which the button stood, as far as the browser tells."""
    before = urlsplit(request.referrer or "")
    return safe_target(f"{before.path}?{before.query}" if before.query else before.path)
