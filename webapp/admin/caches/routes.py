"""Letting go of what is kept ready, by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, url_for

from webapp.admin.caches.service import forget_kept
from webapp.admin.caches.types import CacheInput
from webapp.classes.queries import schools as all_schools
from webapp.extensions import db
from webapp.web.access import ADMINS, Reach, access
from webapp.web.forms import parse_form
from webapp.web.identity import viewer
from webapp.web.kept import forget_here
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from flask import Response

    from webapp.admin.caches.types import Forgotten

bp = Blueprint("caches", __name__)


@bp.get("/admin/caches")
@access(ADMINS, Reach.ALL)
def index() -> Response:
    """Show what is kept ready, and the form that lets it go."""
    return render("admin/caches.html", schools=[(row.id, row.name) for row in all_schools(db.session())])


@bp.post("/admin/caches")
@access(ADMINS, Reach.ALL)
def forget() -> Response:
    """Let go of what is kept for a school, or of all."""
    school_id = parse_form(CacheInput).school_id
    found = forget_kept(db.session(), viewer(), school_id, forget_here(school_id))
    return done(url_for("caches.index"), toast=words(found), leave=True)


def words(found: Forgotten) -> str:
    """Return what was let go."""
    schools = "1 school" if found.schools == 1 else f"{found.schools:,} schools"
    if found.in_redis is None:
        return f"Let go for {schools}: {found.here:,} answers here. Redis is away; what it holds is not used again."
    return f"Let go for {schools}: {found.in_redis:,} answers in Redis, {found.here:,} here."
