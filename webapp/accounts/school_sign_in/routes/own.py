"""Links to the school's account: one's own, and those of people whom one looks after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import url_for

from webapp.accounts.school_sign_in import service
from webapp.accounts.school_sign_in.routes.blueprint import bp
from webapp.extensions import db
from webapp.web.access import MANAGERS, SIGNED_IN, Reach, access
from webapp.web.identity import viewer
from webapp.web.responses import done

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Response


@bp.post("/account/school-accounts/<uuid:identity_id>/unlink")
@access(SIGNED_IN, Reach.OWN, personally=True)
def unlink(identity_id: UUID) -> Response:
    """Take one of one's own links away."""
    service.unlink_own(db.session(), viewer(), identity_id)
    toast = "The school’s account is unlinked. Your password lets you in."
    return done(url_for("accounts.account"), toast=toast, leave=True)


@bp.post("/admin/users/<uuid:user_id>/school-accounts/unlink")
@access(MANAGERS, Reach.SCHOOL)
def unlink_person(user_id: UUID) -> Response:
    """Take somebody's links away, such as when the school gave their address to another."""
    links = service.unlink(db.session(), viewer(), user_id)
    toast = "Unlinked, and signed out everywhere." if links else "No account of the school was linked."
    return done(url_for("home.index"), toast=toast, leave=True)
