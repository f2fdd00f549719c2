"""Letting go of what is kept ready, by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import url_for

from webapp.admin.cache_types import CacheInput
from webapp.admin.routes.blueprint import bp
from webapp.admin.service.caches import forget_kept
from webapp.classes.queries import schools as all_schools
from webapp.extensions import db
from webapp.web.access import ADMINS, Reach, access
from webapp.web.forms import parse_form
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from flask import Response

    from webapp.admin.cache_types import Forgotten


@bp.get("/caches")
@access(ADMINS, Reach.ALL)
def caches() -> Response:
    """Show what is kept ready, and the form that lets it go."""
    return render("admin/caches.html", schools=[(row.id, row.name) for row in all_schools(db.session())])


@bp.post("/caches")
@access(ADMINS, Reach.ALL)
def forget_caches() -> Response:
    """Let go of what is kept for a school, or of all."""
    found = forget_kept(db.session(), viewer(), parse_form(CacheInput).school_id)
    return done(url_for("admin.caches"), toast=words(found), leave=True)


def words(found: Forgotten) -> str:
    """Return what was let go."""
    schools = "1 school" if found.schools == 1 else f"{found.schools:,} schools"
    if found.in_redis is None:
        return f"Let go for {schools}: {found.here:,} answers here. Redis is away; what it holds is not used again."
    return f"Let go for {schools}: {found.in_redis:,} answers in Redis, {found.here:,} here."
