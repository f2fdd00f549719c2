"""Switching features on and off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import url_for

from webapp.admin.routes.blueprint import bp
from webapp.classes.queries import schools as all_schools
from webapp.extensions import db
from webapp.flags import queries, service
from webapp.flags.types import FLAGS, FlagInput
from webapp.web.access import ADMINS, Reach, access
from webapp.web.forms import parse_form
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from flask import Response


@bp.get("/flags")
@access(ADMINS, Reach.ALL)
def flags() -> Response:
    """Show every flag with what is said of it."""
    session = db.session()
    schools = [(row.id, row.name) for row in all_schools(session)]
    return render("admin/flags.html", flags=queries.flags(session), schools=schools)


@bp.post("/flags")
@access(ADMINS, Reach.ALL)
def switch_flag() -> Response:
    """Say for how many in a hundred a feature is on, at one school or wherever nothing else is said."""
    given = parse_form(FlagInput)
    service.switch(db.session(), viewer(), given.name, given.percentage, given.school_id)
    return done(url_for("admin.flags"), toast=f"{FLAGS[given.name].title}: saved.", leave=True)
