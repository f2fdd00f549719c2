"""What a browser carries to a provider and back: sealed, in a cookie of its own, for some minutes.

The server keeps nothing of it, so that setting out is a link like any other, and a GET that writes nothing.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from flask import current_app, request

from webapp.accounts.school_sign_in.protocol import Begun
from webapp.accounts.school_sign_in.routes.blueprint import sealer
from webapp.core import clock
from webapp.core.sealing import BrokenSealError

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

COOKIE: Final = "milepost_journey"
PATH: Final = "/login/school"
MINUTES: Final = 10
PURPOSE: Final = "journey"


@dataclass(frozen=True, slots=True)
class Journey:
    """Where a browser set out for, with what, until when (seconds since 1970), and where it wants to go afterwards."""

    slug: str
    state: str
    nonce: str
    verifier: str
    wanted: str
    ends: int

    @property
    def begun(self) -> Begun:
        """Return what the browser has to prove."""
        return Begun(self.state, self.nonce, self.verifier)


def set_out(response: Response, slug: str, begun: Begun, wanted: str) -> None:
    """Let the browser carry what it needs on its way."""
    ends = int(clock.now().timestamp()) + MINUTES * 60
    journey = Journey(slug, begun.state, begun.nonce, begun.verifier, wanted, ends)
    sealed = sealer(PURPOSE).seal(json.dumps(asdict(journey))).decode()
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie(COOKIE, sealed, max_age=MINUTES * 60, httponly=True, secure=secure, samesite="Lax", path=PATH)


def journey_of(slug: str | None = None) -> Journey | None:
    """Return what the browser carries, where it set out for this school, if named, and was not away too long."""
    try:
        found = Journey(**json.loads(sealer(PURPOSE).open(request.cookies.get(COOKIE, "").encode())))
    except (BrokenSealError, ValueError, TypeError):
        return None
    return found if slug in {None, found.slug} and found.ends > clock.now().timestamp() else None


def arrived(response: Response) -> None:
    """Take from the browser what it carried: it is good for one arrival."""
    response.delete_cookie(COOKIE, path=PATH)
