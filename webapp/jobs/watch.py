"""The watch of a web process: it says that it is alive, and looks at the system when nobody else does.

The job that looks every minute needs a scheduler, Redis and a worker. When one of them is dead, no job can say so;
web processes can: each asks now and then when somebody last looked, and the first to find that it is too long ago
looks itself, writes what it found and sends the mails. A database that is away it tells of without it.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import structlog

from webapp.db.patience import wait_at_most
from webapp.health.alerts.alone import Lookout
from webapp.health.beats import WEB, Heart, pace
from webapp.health.jobs import PATIENCE_SECONDS, keep_a_lookout, tell_alone
from webapp.jobs.wrapper import short_transaction

if TYPE_CHECKING:
    from flask import Flask

log = structlog.get_logger(__name__)


def watch_from_here(app: Flask) -> threading.Thread:
    """Watch on a thread of its own for as long as this process lives; call it after forking."""
    every = pace(app.extensions["milepost_settings"].watch_seconds)
    thread = threading.Thread(target=_watch, args=(app, every), name="watch", daemon=True)
    thread.start()
    return thread


def _watch(app: Flask, every: float) -> None:
    heart, pause = Heart(WEB, every), threading.Event()
    lookout = Lookout(app.extensions["milepost_settings"].home, tell_alone)
    while True:
        with app.app_context():
            wait_at_most(PATIENCE_SECONDS)
            heart.beat_if_due(short_transaction)
        pause.wait(every)
        with app.app_context():
            try:
                keep_a_lookout(lookout)
            except Exception:
                log.exception("watch_failed")
