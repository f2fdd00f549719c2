"""Keeping RQ's own books in order, and ours about how jobs went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rq.registry import clean_registries as clean_queue_registries

from webapp.core import clock
from webapp.db.redis import gate
from webapp.jobs import runs
from webapp.jobs.queue import queue_named
from webapp.jobs.wrapper import QUEUES, job

if TYPE_CHECKING:
    from redis import Redis
    from sqlalchemy.orm import Session


@job(timeout=30)
def clean_registries(session: Session) -> None:  # noqa: ARG001 - every job takes its session
    """Move jobs whose worker vanished from "running" to "failed", and forget those kept long enough."""
    gate().call(_clean)


@job(timeout=60)
def forget_runs(session: Session) -> int:
    """Delete what is kept of old runs; return how many."""
    return runs.forget_old(session, clock.now())


def _clean(client: Redis) -> None:
    for name in QUEUES:
        clean_queue_registries(queue_named(client, name))
