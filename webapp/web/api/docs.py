"""The document as it is served, and the page that shows it."""

from __future__ import annotations

import json

from flask import Blueprint, Response, request

from webapp.web.access import ANYONE, Reach, access
from webapp.web.api.catalogue import sections, shapes
from webapp.web.api.document import api_document
from webapp.web.render import render

bp = Blueprint("api", __name__)


@bp.get("/api/v1/openapi.json")
@access(ANYONE, Reach.PUBLIC)
def document() -> Response:
    """Answer with the OpenAPI document; it changes only when Milepost does."""
    response = Response(json.dumps(api_document(), ensure_ascii=False), mimetype="application/json")
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


@bp.get("/api/docs")
@access(ANYONE, Reach.PUBLIC)
def docs() -> Response:
    """Show what the document says, to read and to try."""
    found = api_document()
    return render("api/docs.html", sections=sections(found), shapes=shapes(found))
