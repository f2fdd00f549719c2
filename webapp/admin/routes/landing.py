"""The first page of administration: what there is, and what needs a look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.admin.log_types import LogFilter
from webapp.admin.queries import log, schools
from webapp.admin.routes.blueprint import bp
from webapp.extensions import db
from webapp.web.access import MANAGERS, Reach, access
from webapp.web.identity import viewer
from webapp.web.render import render

if TYPE_CHECKING:
    from flask import Response

RECENT = 8


@bp.get("")
@access(MANAGERS, Reach.SCHOOL)
def index() -> Response:
    """Show what needs a look, how many people there are, and what was done lately."""
    session, person = db.session(), viewer()
    return render(
        "admin/index.html",
        attention=schools.attention(session, person),
        totals=schools.totals(session, person),
        entries=log.entries(session, person, LogFilter(), RECENT).rows,
    )
