from __future__ import annotations

import shutil

import pytest
from redis import Redis

from webapp.db import redis as redis_module
from webapp.exports import jobs
from webapp.jobs import wrapper
from webapp.jobs.queue import MilepostJob
from webapp.jobs.worker import make_worker


@pytest.fixture
def redis(redis_url, app):
    """Return a client of an empty Redis, with the application's own gate freshly open."""
    client = Redis.from_url(redis_url)
    client.flushdb()
    redis_module.connect(redis_url)
    yield client
    client.flushdb()
    client.close()


@pytest.fixture
def no_redis(app, tmp_path, redis_url):
    """Have the application's Redis away."""
    redis_module.connect(f"unix://{tmp_path}/nobody.sock")
    yield
    redis_module.connect(redis_url)


@pytest.fixture
def work(app, redis, monkeypatch):
    """Return a way to let a real worker do everything that waits."""
    monkeypatch.setattr(MilepostJob, "app", app)
    return lambda: make_worker(redis, wrapper.QUEUES).work(burst=True)


@pytest.fixture
def run(app):
    """Return a way to run a job in its frame, in this process."""
    return lambda function, *ids: wrapper.run(app, wrapper.path_of(function), *map(str, ids))


@pytest.fixture
def folder(app):
    """Return the folder of exports, empty."""
    with app.app_context():
        place = jobs.folder()
    place.mkdir(exist_ok=True)
    for entry in place.iterdir():
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    return place
