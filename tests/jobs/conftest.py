from __future__ import annotations

import pytest
from redis import Redis

from webapp.db import redis as redis_module
from webapp.jobs import wrapper


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
def make_job(monkeypatch):
    """Return a way to register a function as a job for this test alone."""
    monkeypatch.setattr(wrapper, "_registered", dict(wrapper._registered))

    def make(function, **options):
        return wrapper.job(**options)(function)

    return make
