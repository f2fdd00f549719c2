"""How long a request waits for PostgreSQL: a frozen server keeps its sockets open, so only the client can give up."""

from __future__ import annotations

import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import errors
from sqlalchemy import event

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

REQUEST_SECONDS = 2.5
INTERVAL_SECONDS = 0.1
AWAY = "the database did not answer in time"

_left: ContextVar[float | None] = ContextVar("milepost_patience", default=None)


def wait_at_most(seconds: float | None) -> None:
    """Let statements from here on wait so many seconds for answers, all together; None for as long as it takes."""
    _left.set(seconds)


class PatientConnection(psycopg.Connection[Any]):
    """A connection that closes itself, and says that the database is away, when patience ends."""

    def wait(self, gen: Any, interval: float = INTERVAL_SECONDS, timeout: float | None = None) -> Any:
        """Wait for an answer as psycopg does, but no longer than the request may."""
        left = _left.get()
        if left is None:
            return super().wait(gen, interval=interval, timeout=timeout)
        began = time.monotonic()
        try:
            return super().wait(gen, interval=interval, timeout=left if timeout is None else timeout)
        except errors._WaitTimeout as error:  # noqa: SLF001 - the name under which psycopg raises it
            self.pgconn.finish()
            raise psycopg.OperationalError(AWAY) from error
        finally:
            _left.set(max(0.0, left - (time.monotonic() - began)))


def be_patient(engine: Engine) -> None:
    """Have the engine open connections that give up; for PostgreSQL."""
    event.listen(engine, "do_connect", _connect)


def _connect(_dialect: Any, _record: Any, arguments: Any, parameters: dict[str, Any]) -> PatientConnection:
    if _left.get() == 0:
        raise psycopg.OperationalError(AWAY)
    return PatientConnection.connect(*arguments, **parameters)
