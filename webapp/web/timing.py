"""How long each request takes and how many statements it needs; told to staff in the answer's `Server-Timing`.

The time is that of Flask's dispatch, commit included; what a stream sends afterwards is not in it.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Final

import structlog
from flask import request

from webapp.core import timings
from webapp.core.timings import REQUEST, recorder
from webapp.web.identity import known_viewer

if TYPE_CHECKING:
    from flask import Flask, Response

FIRST_FAILURE: Final = 500
NO_PAGE: Final = "(no page)"
# What programs ask every few seconds, and answer 503 on purpose.
SKIPPED: Final = frozenset({"static", "health.healthz", "health.readyz", "health.metrics"})
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
MADE_UP: Final = "OTHER"

log = structlog.get_logger(__name__)


def install_timing(app: Flask) -> None:
    """Measure every request; install before everything else, so that it ends last."""
    app.before_request_funcs.setdefault(None, []).insert(0, _begin)
    app.after_request(_end)


def _begin() -> None:
    # Methods that somebody makes up share one name: each name is rows every minute and lines of /metrics for ever.
    method = request.method if request.method in METHODS else MADE_UP
    timings.begin(f"{method} {request.endpoint or NO_PAGE}")


def _end(response: Response) -> Response:
    measure = timings.in_hand()
    if measure is None:
        return response
    try:
        seconds = perf_counter() - measure.began
        if request.endpoint not in SKIPPED:
            failed = response.status_code >= FIRST_FAILURE
            recorder.note(REQUEST, measure.name, seconds, measure.statements, failed=failed)
        person = known_viewer()
        if person is not None and person.is_staff:
            database = f'db;dur={measure.database_seconds * 1000:.2f};desc="{measure.statements} statements"'
            response.headers["Server-Timing"] = f"total;dur={seconds * 1000:.2f}, {database}"
    except Exception:
        log.exception("timing_failed")
    finally:
        timings.end()
    return response
