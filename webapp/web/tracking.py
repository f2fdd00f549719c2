"""What requests tell of the people who send them, handed on after the answer is settled; nothing is asked or written.

A recorder, given by the application, keeps it in the process. Whatever goes wrong there is logged, and the answer
goes out as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import structlog
from flask import g, request

from webapp.core import clock
from webapp.core.happenings import Happening
from webapp.web.access import SAFE_METHODS
from webapp.web.identity import client_address, known_viewer
from webapp.web.render import wants_fragment

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Flask, Response

TOO_MANY = 429
ATTACHMENT = "attachment"
TABLE = "text/csv"
PAGE = "text/html"
SKIPPED = frozenset({"static", "health.healthz", "health.readyz"})

log = structlog.get_logger(__name__)


class Recorder(Protocol):
    """Keeps what happened; must neither wait nor write."""

    def note(self, happening: Happening) -> None:
        """Take one request."""


def install_tracking(app: Flask, recorder: Recorder) -> None:
    """Hand every request to the recorder once it is committed or refused; install before the unit of work."""

    @app.after_request
    def _track(response: Response) -> Response:
        try:
            happening = _happening(response)
            if happening is not None:
                recorder.note(happening)
        except Exception:
            log.exception("tracking_failed", rule=str(request.url_rule))
        return response


def note_entered(user_id: UUID) -> None:
    """Say who has signed in by the present request, which nobody sent so far."""
    g.entered = user_id


def _happening(response: Response) -> Happening | None:
    person = known_viewer()
    user_id = g.get("entered") or (person.user_id if person else None)
    endpoint = request.endpoint or ""
    if user_id is None or endpoint in SKIPPED or response.status_code == TOO_MANY:
        return None
    by_token = person is not None and person.session_id is None
    page, file = _opened(response) if request.method in SAFE_METHODS else (False, False)
    return Happening(
        user_id=user_id,
        method=request.method,
        endpoint=endpoint,
        status=response.status_code,
        at=clock.now(),
        entered="entered" in g,
        page=page and not by_token,
        file=file,
        by_token=by_token,
        path=request.view_args or {},
        address=client_address(),
        user_agent=request.environ.get("HTTP_USER_AGENT", ""),
        field=_field,
    )


def _opened(response: Response) -> tuple[bool, bool]:
    """Return whether a whole page was opened, and whether a file was."""
    if response.mimetype == PAGE:
        return not wants_fragment(), False
    return False, response.mimetype == TABLE or response.headers.get("Content-Disposition", "").startswith(ATTACHMENT)


def _field(name: str) -> str | None:
    return request.form.get(name) or request.args.get(name)
