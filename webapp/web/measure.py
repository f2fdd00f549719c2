"""For `make bench` alone: what a request cost, told in a header of its answer.

Installed only when `MILEPOST_BENCH` is set; counts SQL statements and round trips to Redis.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from redis.connection import AbstractConnection

from webapp.core.timings import in_hand

if TYPE_CHECKING:
    from flask import Flask, Response

HEADER = "X-Milepost-Cost"

_redis: ContextVar[int] = ContextVar("milepost_redis", default=0)


def install_measuring(app: Flask) -> None:
    """Count, and tell."""
    _count_round_trips()
    app.before_request_funcs.setdefault(None, []).insert(0, _reset)
    app.after_request(_tell)


def _reset() -> None:
    _redis.set(0)


def _count_round_trips() -> None:
    send: Any = AbstractConnection.send_packed_command

    def counted(self: AbstractConnection, *arguments: Any, **options: Any) -> Any:
        _redis.set(_redis.get() + 1)
        return send(self, *arguments, **options)

    AbstractConnection.send_packed_command = counted  # type: ignore[method-assign]


def _tell(response: Response) -> Response:
    measure = in_hand()
    response.headers[HEADER] = f"sql={measure.statements if measure else 0} redis={_redis.get()}"
    return response
