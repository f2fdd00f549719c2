"""The scheduler: a small loop that asks for each scheduled job when it is due, and does nothing else.

Any number may run. Each due time of each job is claimed by one UPDATE of its row in `job_runs`, in the same
transaction in which the job is put on its queue: so one scheduler enqueues it, none is a leader that could be
lost, and what fell due while Redis or all schedulers were away is done once, as soon as they are back.
"""

from __future__ import annotations

import signal
import threading
import time
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from webapp.app import create_app
from webapp.config import Settings
from webapp.core.clock import now
from webapp.core.traces import problem_of
from webapp.db.redis import redis_answers
from webapp.health.beats import SCHEDULER, Heart, pace
from webapp.jobs import runs
from webapp.jobs.on_demand import load
from webapp.jobs.queries import zones_in_use
from webapp.jobs.queue import enqueue_path
from webapp.jobs.schedule import SCHEDULE, Scheduled
from webapp.jobs.wrapper import short_transaction, snapshot
from webapp.web.logs import configure_logs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from flask import Flask

TICK_SECONDS: Final = 1.0
ZONES_KEPT_SECONDS: Final = 60.0

log = structlog.get_logger(__name__)


class Scheduler:
    """Remembers what was claimed and where people live, so that a tick with nothing due reads nothing."""

    def __init__(self, table: Sequence[Scheduled] = SCHEDULE) -> None:
        self.table = table
        self._claimed: dict[str, datetime] | None = None
        self._zones: list[str] = []
        self._zones_read_at = float("-inf")

    def tick(self, at: datetime) -> list[str]:
        """Ask for everything that is due and unclaimed; return the names of what was put on a queue."""
        zones = self._known_zones()
        due = [(row, row.when.last_due(at, zones)) for row in self.table]
        waiting = [(row, due_at) for row, due_at in due if due_at and self._is_news(row.function, due_at)]
        if not waiting or not redis_answers():
            return []
        return [row.name for row, due_at in waiting if self._ask_for(row, due_at)]

    def _is_news(self, path: str, due_at: datetime) -> bool:
        return runs.is_unclaimed(self._known_claims().get(path), due_at)

    def _ask_for(self, row: Scheduled, due_at: datetime) -> bool:
        with short_transaction() as session:
            taken = runs.claim(session, row.function, due_at)
            if taken and not enqueue_path(row.function):
                session.rollback()  # Redis went away in between: the run stays unclaimed
                return False
        self._known_claims()[row.function] = due_at
        return taken

    def _known_claims(self) -> dict[str, datetime]:
        if self._claimed is None:
            with snapshot() as session:
                self._claimed = runs.last_claims(session)
        return self._claimed

    def _known_zones(self) -> list[str]:
        if time.monotonic() - self._zones_read_at > ZONES_KEPT_SECONDS:
            with snapshot() as session:
                self._zones = zones_in_use(session)
            self._zones_read_at = time.monotonic()
        return self._zones


def run_forever(app: Flask, stop: threading.Event) -> None:
    """Tick until told to stop; a database that is away is waited for."""
    scheduler = Scheduler()
    heart = Heart(SCHEDULER, pace(app.extensions["milepost_settings"].watch_seconds))
    with app.app_context():
        while not stop.wait(TICK_SECONDS):
            heart.beat_if_due(short_transaction)
            try:
                for name in scheduler.tick(now()):
                    log.debug("job_due", name=name)
            except SQLAlchemyError as error:
                log.warning("scheduler_waits_for_database", problem=problem_of(error))


def main() -> None:
    """Run the scheduler as a process of its own; SIGTERM and SIGINT end it at once."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    settings = Settings()
    configure_logs(settings.log_level)
    load()
    run_forever(create_app(settings), stop)


if __name__ == "__main__":
    main()
