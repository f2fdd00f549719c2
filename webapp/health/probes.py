"""What the machine and Redis say of themselves; nothing here asks the database."""

from __future__ import annotations

import os
import socket
import time
from typing import TYPE_CHECKING, Any, Final

import psutil
from rq.utils import utcparse

from webapp.db.redis import RedisAwayError, gate, redis_answers
from webapp.jobs.queue import queue_named
from webapp.jobs.wrapper import QUEUES, QUICK, SLOW

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from redis import Redis

SECOND_LOOK_SECONDS: Final = 0.5
AT_ONCE_SECONDS: Final = 0.1
PERCENT: Final = 100

Figures = dict[str, Any]


def machine(home: Path, before: Figures) -> Figures:
    """Return load and room. The processors' is that since the sample before, if the same machine took that."""
    memory, disk, times = psutil.virtual_memory(), psutil.disk_usage(str(home)), psutil.cpu_times()
    spent = {"host": socket.gethostname(), "cpu_total": sum(times[:8]), "cpu_idle": times.idle}
    return {
        **spent,
        "cpu_percent": _busy(before, spent),
        "memory_percent": memory.percent,
        "disk_percent": disk.percent,
        "disk_free_bytes": disk.free,
    }


def storage(home: Path) -> int:
    """Return how many bytes the files of the data folder have."""
    return sum(_sizes(str(home)))


def queues(now: datetime) -> Figures:
    """Return how Redis and the queues are; without Redis nothing is known of these."""
    if not redis_is_there():
        return {"redis_up": 0}
    try:
        return {"redis_up": 1, **gate().call(lambda client: _queues(client, now))}
    except RedisAwayError:
        return {"redis_up": 1}


def redis_is_there() -> bool:
    """Ask Redis, and once more after a moment, so that a hiccup is none."""
    if redis_answers():
        return True
    time.sleep(SECOND_LOOK_SECONDS)
    return redis_answers()


def _busy(before: Figures, spent: Figures) -> float:
    total: float = spent["cpu_total"] - before.get("cpu_total", spent["cpu_total"])
    if before.get("host") != spent["host"] or total <= 0:
        return float(psutil.cpu_percent(AT_ONCE_SECONDS))
    idle: float = spent["cpu_idle"] - before["cpu_idle"]
    return round(max(0.0, min(1.0, 1 - idle / total)) * PERCENT, 1)


def _sizes(folder: str) -> Iterator[int]:
    try:
        entries = list(os.scandir(folder))
    except OSError:  # deleted, or not ours to read
        return
    for entry in entries:
        try:
            if entry.is_dir(follow_symlinks=False):
                yield from _sizes(entry.path)
            else:
                yield entry.stat(follow_symlinks=False).st_size
        except OSError:
            continue


def _queues(client: Redis, now: datetime) -> Figures:
    waiting = {name: queue_named(client, name) for name in QUEUES}
    ages = [_age(client, queue.key, now) for queue in waiting.values()]
    return {
        "queue_quick": waiting[QUICK].count,
        "queue_slow": waiting[SLOW].count,
        "oldest_job_seconds": max(ages),
        "failed_jobs": sum(queue.failed_job_registry.get_job_count(cleanup=False) for queue in waiting.values()),
    }


def _age(client: Redis, queue_key: str, now: datetime) -> float:
    """Return for how many seconds the job at a queue's head has waited; 0 where none does."""
    first: Any = client.lindex(queue_key, 0)
    asked: Any = client.hget(f"rq:job:{first.decode()}", "enqueued_at") if first else None
    return max(0.0, (now - utcparse(asked.decode())).total_seconds()) if asked else 0.0
