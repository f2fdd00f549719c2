"""Whether a worker is alive, as far as Redis knows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from rq.utils import utcparse
from rq.worker_registration import get_keys

from webapp.db.redis import gate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from redis import Redis

# An idle worker gives a sign of life every 15 s; a busy one when it begins a job, and is forgotten by Redis
# when the job's time is over.
SILENT_FOR: Final = timedelta(seconds=40)


def worker_is_alive(at: datetime) -> bool:
    """Say whether any worker is at work or listening; raise `RedisAwayError` when Redis cannot tell."""
    return gate().call(lambda client: _any_alive(client, at))


def _any_alive(client: Redis, at: datetime) -> bool:
    with client.pipeline(transaction=False) as pipeline:
        for key in get_keys(connection=client):
            pipeline.hmget(key, "last_heartbeat", "state", "death")
        rows = pipeline.execute()
    return any(_is_alive(row, at) for row in rows)


def _is_alive(row: Sequence[bytes | None], at: datetime) -> bool:
    heartbeat, state, death = row
    if heartbeat is None or death is not None:
        return False
    return state == b"busy" or at - utcparse(heartbeat.decode()) < SILENT_FOR
