"""Which failures of a database pass: whoever asks again in a moment may well be answered."""

from __future__ import annotations

from typing import Final

import psycopg
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

IDLE_TOO_LONG: Final = "25P03"  # a machine that stood still in the middle of a transaction
LOST: Final = (OperationalError, PoolTimeoutError, psycopg.OperationalError, psycopg.InterfaceError)


def passes(error: BaseException) -> bool:
    """Return whether the database was away, busy or lost, and nothing was wrong with what it was asked."""
    if isinstance(error, LOST):
        return True
    if not isinstance(error, DBAPIError):
        return False
    return error.connection_invalidated or getattr(error.orig, "sqlstate", None) == IDLE_TOO_LONG
