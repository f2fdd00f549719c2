"""For `make bench` alone: what a request cost, told in a header of its answer.

Installed only when `MILEPOST_BENCH` is set; counts SQL statements and round trips to Redis.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from redis.connection import AbstractConnection
from sqlalchemy import event

from webapp.extensions import db

if TYPE_CHECKING:
    from flask import Flask, Response

HEADER = "X-Milepost-Cost"

_sql: ContextVar[int] = ContextVar("milepost_sql", default=0)
_redis: ContextVar[int] = ContextVar("milepost_redis", default=0)


def install_measuring(app: Flask) -> None:
    """Count, and tell."""
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", _count_statement)
    _count_round_trips()
    app.before_request_funcs.setdefault(None, []).insert(0, _reset)
    app.after_request(_tell)


def _reset() -> None:
    _sql.set(0)
    _redis.set(0)


def _count_statement(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
    if not statement.startswith("BEGIN"):
        _sql.set(_sql.get() + 1)


def _count_round_trips() -> None:
    send: Any = AbstractConnection.send_packed_command

    def counted(self: AbstractConnection, *arguments: Any, **options: Any) -> Any:
        _redis.set(_redis.get() + 1)
        return send(self, *arguments, **options)

    AbstractConnection.send_packed_command = counted  # type: ignore[method-assign]


def _tell(response: Response) -> Response:
    response.headers[HEADER] = f"sql={_sql.get()} redis={_redis.get()}"
    return response
