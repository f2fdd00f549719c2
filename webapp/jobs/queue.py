"""Asking workers for something: a job's name and ids go to Redis, if it is there.

Asking is never on a request's critical path and may be lost; what must happen is a row in the database that
a scheduled job finds. Nothing that Redis holds is trusted to say what may run.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final

import structlog
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

from webapp.db.redis import PREFIX, RedisAwayError, gate
from webapp.jobs.wrapper import UnknownJobError, path_of, registered, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from redis import Redis

FAILED_JOBS_KEPT_SECONDS: Final = 7 * 24 * 3600
# How long "already waiting" may stand when the job that it speaks of was lost.
WAITING_SECONDS: Final = 60
# Everything else that RQ would act on: callbacks, webhooks, dependencies, repeats and retries.
FIELDS_TAKEN_FROM_REDIS: Final = frozenset(
    [
        b"created_at",
        b"data",
        b"description",
        b"ended_at",
        b"enqueued_at",
        b"failure_ttl",
        b"last_heartbeat",
        b"origin",
        b"result_ttl",
        b"started_at",
        b"status",
        b"timeout",
        b"ttl",
        b"worker_name",
    ]
)

log = structlog.get_logger(__name__)


class RefusedJobError(Exception):
    """What stands in Redis is not a job of ours."""


class MilepostJob(Job):
    """A job that runs only what is registered, with ids only, whatever Redis says."""

    app: Flask | None = None

    def restore(self, raw_data: dict[bytes, bytes]) -> Any:
        """Take from Redis only what an honest job of ours has."""
        return super().restore({key: raw_data[key] for key in raw_data if key in FIELDS_TAKEN_FROM_REDIS})

    def perform(self) -> None:
        """Run the registered function in its frame."""
        path, ids = self.checked_call()
        if self.app is None:
            raise RefusedJobError("Jobs run in a worker.")
        with contextlib.suppress(RedisAwayError):
            gate().call(lambda client: client.delete(_waiting_key(path, ids)))
        run(self.app, path, *ids)

    def checked_call(self) -> tuple[str, tuple[str, ...]]:
        """Return the registered name and the ids, or raise `RefusedJobError`."""
        path, ids = self.func_name, self.args
        try:
            registered(str(path))
        except UnknownJobError:
            raise RefusedJobError(f"Not on the list of jobs: {path}") from None
        if self.instance is not None or self.kwargs or not all(isinstance(one, str) for one in ids):
            raise RefusedJobError(f"Jobs take ids and nothing else: {path}")
        return str(path), tuple(ids)


def enqueue(function: Callable[..., object], *ids: object) -> bool:
    """Ask for a job soon, unless the same is waiting already; False when Redis is away.

    Call it after the commit (`after_commit`), and never rely on it alone.
    """
    return enqueue_path(path_of(function), *map(str, ids))


def enqueue_path(path: str, *ids: str) -> bool:
    """As `enqueue`, by dotted name."""
    try:
        return gate().call(lambda client: _put(client, path, ids))
    except RedisAwayError:
        log.warning("job_not_enqueued", job=path, ids=ids)
        return False


def _put(client: Redis, path: str, ids: tuple[str, ...]) -> bool:
    entry = registered(path)
    if not client.set(_waiting_key(path, ids), "1", nx=True, ex=WAITING_SECONDS):
        return True
    queue_named(client, entry.queue).enqueue_call(
        path,
        args=ids,
        timeout=entry.timeout,
        result_ttl=0,
        failure_ttl=FAILED_JOBS_KEPT_SECONDS,
        description=path,
    )
    return True


def queue_named(client: Redis, name: str) -> Queue:
    """Return RQ's view of one of our queues."""
    return Queue(name, connection=client, serializer=JSONSerializer, job_class=MilepostJob)


def _waiting_key(path: str, ids: tuple[str, ...]) -> str:
    return f"{PREFIX}waiting:{path}:{','.join(ids)}"
