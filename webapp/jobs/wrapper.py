"""What makes a function a job: its name on the list of what may run, and the frame that it runs in.

A job takes the session of its own transaction and ids, nothing else; refetches what the ids name; tolerates
that it has vanished; and may run twice with the same result. The frame commits once when it returns.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

import structlog

from webapp.core.clock import now
from webapp.core.timings import measured_job
from webapp.db.engine import reading_only
from webapp.extensions import db
from webapp.jobs import runs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask
    from sqlalchemy.orm import Session

QUICK: Final = "milepost:quick"
SLOW: Final = "milepost:slow"
QUEUES: Final = (QUICK, SLOW)

log = structlog.get_logger(__name__)
Function = TypeVar("Function", bound="Callable[..., object]")


class UnknownJobError(Exception):
    """A job was asked for that is not on the list."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A function that workers may run."""

    path: str
    queue: str
    timeout: int
    function: Callable[..., object]


_registered: dict[str, Registered] = {}


def job(*, queue: str = QUICK, timeout: int = 60) -> Callable[[Function], Function]:
    """Put the function on the list of what workers may run; it stays an ordinary function.

    `queue` is `QUICK` (seconds, never behind a long one) or `SLOW`; `timeout` is in seconds.
    """
    if queue not in QUEUES:
        raise ValueError(f"No such queue: {queue}")

    def register(function: Function) -> Function:
        path = path_of(function)
        _registered[path] = Registered(path, queue, timeout, function)
        return function

    return register


def path_of(function: Callable[..., object]) -> str:
    """Return the dotted name under which a job is known."""
    return f"{function.__module__}.{function.__qualname__}"


def registered(path: str) -> Registered:
    """Return the job of that dotted name, or raise `UnknownJobError`."""
    try:
        return _registered[path]
    except KeyError:
        raise UnknownJobError(path) from None


def registered_paths() -> frozenset[str]:
    """Return the dotted names of all jobs whose modules have been imported."""
    return frozenset(_registered)


def run(app: Flask, path: str, *ids: str) -> object:
    """Run a job in an application context of its own, with one commit at its end, and report how it went."""
    entry = registered(path)
    with app.app_context():
        started, clock = now(), time.perf_counter()
        log.info("job_started", job=path, ids=ids)
        with short_transaction() as session:
            runs.record_start(session, path, started)
        try:
            with measured_job(path):
                answer = entry.function(db.session(), *ids)
                db.session.commit()
        except BaseException as error:
            db.session.rollback()
            log.exception("job_failed", job=path, ids=ids, duration_ms=_milliseconds_since(clock))
            with short_transaction() as session:
                runs.record_end(session, path, now(), _milliseconds_since(clock), f"failed: {type(error).__name__}")
                runs.keep_failure(session, path, ids, started, now(), error)
            raise
        taken = _milliseconds_since(clock)
        log.info("job_succeeded", job=path, ids=ids, duration_ms=taken, answer=answer)
        with short_transaction() as session:
            runs.record_end(session, path, now(), taken, "ok")
            runs.keep_success(session, path, started, now(), taken, answer)
        return answer


@contextmanager
def short_transaction() -> Iterator[Session]:
    """Give a session of its own that commits at the end of the block.

    For a long job: progress that others should see now, or a batch of many, so that no lock is held for long.
    """
    with db.session.session_factory() as session, session.begin():
        yield session


@contextmanager
def snapshot() -> Iterator[Session]:
    """Give a session that only reads, all of it as of one instant, and holds up no writer."""
    with db.session.session_factory() as session:
        with reading_only():
            session.connection()
        yield session


def _milliseconds_since(clock: float) -> int:
    return round((time.perf_counter() - clock) * 1000)
