"""A number for each request: it stands in every line that is logged meanwhile, and in the answer.

Where proxies are trusted (`PROXY_HOPS`), theirs is taken over, so that one number leads through all logs.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Final

from flask import g, request
from structlog.contextvars import bind_contextvars, unbind_contextvars

if TYPE_CHECKING:
    from flask import Flask, Response

HEADER: Final = "X-Request-ID"
NAME: Final = "request"
SOUND: Final = re.compile(r"[0-9A-Fa-f-]{8,64}", re.ASCII)
BYTES: Final = 8


def install_request_ids(app: Flask, *, trusted: bool) -> None:
    """Give each request its number before anything else runs; `trusted` says that a proxy may have given it one."""

    @app.before_request
    def _begin() -> None:
        sent = request.headers.get(HEADER, "") if trusted else ""
        g.request_number = sent if SOUND.fullmatch(sent) else secrets.token_hex(BYTES)
        bind_contextvars(**{NAME: g.request_number})

    @app.after_request
    def _tell(response: Response) -> Response:
        number = g.get("request_number")
        if number:
            response.headers[HEADER] = number
        return response

    @app.teardown_request
    def _end(_error: BaseException | None) -> None:
        unbind_contextvars(NAME)
