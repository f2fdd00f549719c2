from __future__ import annotations

import shutil

import pytest

from webapp.exports import jobs
from webapp.jobs import wrapper
from webapp.jobs.queue import MilepostJob
from webapp.jobs.worker import make_worker


@pytest.fixture
def work(app, redis, monkeypatch):
    """Return a way to let a real worker do everything that waits."""
    monkeypatch.setattr(MilepostJob, "app", app)
    return lambda: make_worker(redis, wrapper.QUEUES).work(burst=True)


@pytest.fixture
def folder(app):
    """Return the folder of exports, empty."""
    with app.app_context():
        place = jobs.folder()
    place.mkdir(exist_ok=True)
    for entry in place.iterdir():
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    return place
