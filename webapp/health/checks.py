"""What must be well for Milepost to serve and to do its work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from webapp.core.clock import now
from webapp.db.redis import RedisAwayError, redis_answers
from webapp.db.schema import is_current
from webapp.jobs.liveness import worker_is_alive

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

OK = "ok"


def readiness(session: Session) -> dict[str, str]:
    """Return, by part, `ok` or what is wrong with it, in words that may be public."""
    return {**_database(session), **_redis()}


def _database(session: Session) -> dict[str, str]:
    try:
        session.execute(text("SELECT 1"))
        current = is_current(session.connection())
    except SQLAlchemyError:
        return {"database": "does not answer", "migrations": "unknown"}
    return {"database": OK, "migrations": OK if current else "not all applied"}


def _redis() -> dict[str, str]:
    if not redis_answers():
        return {"redis": "does not answer", "worker": "unknown"}
    try:
        return {"redis": OK, "worker": OK if worker_is_alive(now()) else "none alive"}
    except RedisAwayError:
        return {"redis": "does not answer", "worker": "unknown"}
