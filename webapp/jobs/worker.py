"""The worker: runs registered jobs one after another in its own process.

It does not fork for each job. Jobs are short, frequent and may run twice, so a process whose application
and connections are warm is worth more than a child per job; and when it is killed, its job dies with it
instead of going on unseen beside its successor. What a child would isolate (leaks, crashes), the supervisor
heals: a worker leaves after `JOBS_BEFORE_REST` jobs and is started anew, as it is when it dies.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING, Final

import structlog
from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker

from webapp.app import create_app
from webapp.config import Settings
from webapp.extensions import db
from webapp.health.beats import WORKER, Heart, keep_beating, pace, sessions_of
from webapp.jobs.on_demand import load
from webapp.jobs.queue import MilepostJob
from webapp.jobs.wrapper import QUEUES, QUICK, SLOW
from webapp.web.logs import configure_logs

if TYPE_CHECKING:
    from collections.abc import Sequence

WORKER_TTL: Final = 30  # seconds between signs of life, at most, while idle
JOBS_BEFORE_REST: Final = 2000
WAIT_FOR_REDIS_SECONDS: Final = 1.0
KINDS: Final = {"all": QUEUES, "quick": (QUICK,), "slow": (SLOW,)}

log = structlog.get_logger(__name__)


class MilepostWorker(SimpleWorker):
    """A worker that takes no orders over Redis but jobs, and soon notices that Redis is back."""

    job_class = MilepostJob
    max_connection_wait_time = 2.0
    log_job_description = False
    log_result_lifespan = False

    def subscribe(self) -> None:
        """Do not listen for commands: jobs are ended by their time-out, workers by signals."""

    def unsubscribe(self) -> None:
        """Nothing was subscribed to."""


def make_worker(connection: Redis, queues: Sequence[str]) -> MilepostWorker:
    """Return a worker of those queues, the first ones first."""
    logging.getLogger("rq.worker").setLevel(logging.ERROR)  # each job says itself how it went
    return MilepostWorker(
        list(queues),
        name=f"milepost-{socket.gethostname()}-{os.getpid()}-{time.time_ns():x}",
        connection=connection,
        serializer=JSONSerializer,
        worker_ttl=WORKER_TTL,
        log_job_description=False,
    )


def patient_client(url: str) -> Redis:
    """Return a client that waits for answers as a worker may, unlike a page."""
    return Redis.from_url(
        url,
        socket_timeout=WORKER_TTL,  # longer than it ever waits for the next job
        socket_connect_timeout=5,
        retry=Retry(ExponentialBackoff(cap=1), 1),
    )


def wait_for(connection: Redis, stop: threading.Event) -> bool:
    """Wait until Redis answers; False when told to stop before it did."""
    told = False
    while not stop.is_set():
        try:
            return bool(connection.ping())
        except (RedisError, OSError) as error:
            if not told:
                log.warning("worker_waits_for_redis", error=str(error))
                told = True
        stop.wait(WAIT_FOR_REDIS_SECONDS)
    return False


def main(kind: str = "all") -> None:
    """Work until SIGTERM or SIGINT: the job in hand is finished first; a second signal ends it at once."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    settings = Settings()
    configure_logs(settings.log_level)
    load()
    MilepostJob.app = create_app(settings)
    connection = patient_client(settings.redis_address)
    with MilepostJob.app.app_context():
        keep_beating(Heart(WORKER, pace(settings.watch_seconds)), sessions_of(db.engine))
    if wait_for(connection, stop):
        log.info("worker_ready", queues=KINDS[kind])
        make_worker(connection, KINDS[kind]).work(max_jobs=JOBS_BEFORE_REST)


if __name__ == "__main__":
    main(*sys.argv[1:2])
