"""Statements of xAPI 1.0.3, taken in as learning events."""

from __future__ import annotations

from flask import Response, request
from pydantic import RootModel

from webapp.core.errors import BadRequestError
from webapp.events import xapi
from webapp.events.api.sending import intake
from webapp.extensions import db
from webapp.web.access import SIGNED_IN, Reach, access
from webapp.web.api import api_blueprint, gives, takes
from webapp.web.api.limits import check_events_rate
from webapp.web.identity import viewer

bp = api_blueprint("api_xapi", "xAPI", check_events_rate)

VERSION = "1.0.3"
VERSION_HEADER = "X-Experience-API-Version"


class StatementIds(RootModel[list[str]]):
    """The ids of statements that are stored, in their order."""


@bp.post("/xapi/statements")
@access(SIGNED_IN, Reach.OWN, scope="events")
@gives(StatementIds, 200, refuses=(400,))
@takes(body=xapi.Statement, unread=True)
def store_statements(body: bytes) -> list[str]:
    """Store a statement, or a list of up to 1,000, all or none; answers with their ids once they are stored.

    Verbs: completed, attempted, answered, experienced, scored. Send the header `X-Experience-API-Version: 1.0.3`.
    """
    _check_version()
    session = db.session()
    events, ids = xapi.as_events(session, viewer(), xapi.parse(body))
    session.rollback()  # intake has transactions of its own, and SQLite one writer at a time
    intake().read(viewer(), events)
    return ids


@bp.after_request
def _tell_version(response: Response) -> Response:
    response.headers[VERSION_HEADER] = VERSION
    return response


def _check_version() -> None:
    sent = request.headers.get(VERSION_HEADER, "")
    if sent != "1.0" and not sent.startswith("1.0."):
        raise BadRequestError(f"Send the header {VERSION_HEADER}: {VERSION}.")
