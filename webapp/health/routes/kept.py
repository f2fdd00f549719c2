"""The overview of the installation, kept for five minutes and told with its moment.

It is kept in Redis, so that all processes tell the same; while Redis is away each keeps its own.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, Final

from webapp.core import clock
from webapp.db.redis import cache_get, cache_set, redis_seems_down
from webapp.extensions import db
from webapp.health.jobs import home
from webapp.health.queries.overview import overview
from webapp.web.nearby import Kept, nearby

KEY: Final = "health:overview:1"
KEPT_SECONDS: Final = 300


def overview_kept(*, fresh: bool = False) -> dict[str, Any]:
    """Return the overview: that of the last five minutes, or a `fresh` one, which is kept from then on."""
    body = (None if fresh else _read()) or _build()
    found: dict[str, Any] = json.loads(body)
    return found


def _read() -> str | None:
    found = cache_get(KEY)
    if found is not None:
        return found.decode()
    kept = nearby.get(KEY) if redis_seems_down() else None
    return kept.body if kept else None


def _build() -> str:
    now = clock.now()
    body = json.dumps(overview(db.session(), home(), now))
    cache_set(KEY, body, KEPT_SECONDS)
    nearby.put(KEY, Kept(body, now + timedelta(seconds=KEPT_SECONDS)))
    return body
