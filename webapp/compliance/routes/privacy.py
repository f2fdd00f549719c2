"""Everybody's own data: what is held, taking them along, having them erased, consents, and who read about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request, send_file, url_for

from webapp.compliance.jobs import build_personal_export, folder
from webapp.compliance.models import RequestKind
from webapp.compliance.queries import privacy as queries
from webapp.compliance.routes.blueprint import bp
from webapp.compliance.routes.watching import note_file
from webapp.compliance.service import consents, requests
from webapp.compliance.types import LINK_DAYS, ConsentForm, ErasureForm
from webapp.core.errors import ConflictError, FieldError, InvalidInputError, NotFoundError
from webapp.core.inputs import PageInput
from webapp.db.after_commit import after_commit
from webapp.extensions import db
from webapp.jobs.queue import enqueue
from webapp.web.access import ANYONE, SIGNED_IN, Reach, access
from webapp.web.forms import parse_form, parse_query
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from flask import Response

PAGE, FRAGMENT = "compliance/privacy.html", "compliance/_requests.html"


@bp.get("/account/privacy")
@access(SIGNED_IN, Reach.OWN)
def privacy() -> Response:
    """Show what is held about the viewer, and what they can do about it; the list of requests refreshes itself."""
    return _page()


@bp.post("/account/privacy/export")
@access(SIGNED_IN, Reach.OWN)
def ask_export() -> Response:
    """Have all of the viewer's data put into one file, in the background."""
    request_id = requests.ask(db.session(), viewer(), RequestKind.EXPORT)
    after_commit(db.session(), lambda: enqueue(build_personal_export, request_id))
    return _done("Your data are being gathered. You can leave this page.")


@bp.post("/account/privacy/erasure")
@access(SIGNED_IN, Reach.OWN)
def ask_erasure() -> Response:
    """Have the viewer erased, after the days in which that can be called off."""
    try:
        requests.ask(db.session(), viewer(), RequestKind.ERASURE, parse_form(ErasureForm).confirmation)
    except InvalidInputError as error:
        return _page(422, error.errors)
    except ConflictError as error:
        return _page(409, [FieldError("confirmation", error.detail)])
    return done(url_for(".privacy"), toast="Your erasure is noted. You can cancel it until then.", leave=True)


@bp.post("/account/privacy/requests/<uuid:request_id>/cancel")
@access(SIGNED_IN, Reach.OWN)
def cancel_request(request_id: UUID) -> Response:
    """Call off one of the viewer's requests."""
    requests.cancel_own(db.session(), viewer(), request_id)
    return _done("That is called off.")


@bp.get("/account/privacy/requests/<uuid:data_file_id>/download")
@access(SIGNED_IN, Reach.OWN)
def download(data_file_id: UUID) -> Response:
    """Send the file to its person, or to the staff who asked for it in their place."""
    name, about = queries.ready_file(db.session(), viewer(), data_file_id)
    path = folder() / name
    if not path.is_file():
        raise NotFoundError("The file is gone. Ask for a new export.")
    if about is not None:
        note_file(viewer(), about)
    return send_file(path, mimetype="application/zip", as_attachment=True, download_name="milepost-data.zip")


@bp.post("/account/privacy/consents")
@access(SIGNED_IN, Reach.OWN)
def change_consent() -> Response:
    """Agree to the notice, or withdraw that."""
    form = parse_form(ConsentForm)
    consents.change(db.session(), viewer(), form)
    toast = "Thank you; that is noted." if form.agreed else "You have withdrawn that."
    return done(url_for(".privacy"), toast=toast, leave=True)


@bp.get("/erasure-certificates/<uuid:certificate_id>")
@access(ANYONE, Reach.PUBLIC)
def certificate(certificate_id: UUID) -> Response:
    """Show what an erasure did, to whoever has its number; it names nobody."""
    return render("compliance/certificate.html", certificate=queries.certificate(db.session(), certificate_id))


def _page(status: int = 200, errors: Sequence[FieldError] = ()) -> Response:
    page = parse_query(PageInput).page()
    return render(
        PAGE,
        FRAGMENT,
        status,
        held=queries.held(db.session(), viewer()),
        consents=queries.consents(db.session(), viewer()),
        readings=queries.disclosures(db.session(), viewer(), page),
        typed=request.form.get("confirmation", ""),
        errors=errors,
        **_listed(),
    )


def _done(toast: str) -> Response:
    return done(url_for(".privacy"), partial=FRAGMENT, context=_listed(), toast=toast)


def _listed() -> dict[str, Any]:
    return {"requests": queries.requests(db.session(), viewer()), "link_days": LINK_DAYS}
