"""What gunicorn calls around its web processes (`--config python:webapp.jobs.gunicorn_hooks`)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask

from webapp.jobs.watch import watch_from_here

if TYPE_CHECKING:
    from gunicorn.arbiter import Arbiter
    from gunicorn.workers.base import Worker


def on_starting(_server: Arbiter) -> None:
    """Begin to count anew: what the processes of a server before this one left belongs to nobody."""
    folder = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in folder.glob("*.db"):
        left.unlink(missing_ok=True)


def post_worker_init(worker: Worker) -> None:
    """Have each process say that it is alive, and look after the installation where the job does not."""
    application: Any = worker.wsgi
    # Measurements serve a bare application in the same way: it is nothing to watch.
    if isinstance(application, Flask) and "milepost_settings" in application.extensions:
        watch_from_here(application)
