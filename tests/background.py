"""What works in the background, at hand: a Redis, none, and a way to run a job here and now."""

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
def run(app):
    """Return a way to run a job in its frame, in this process."""
    return lambda function, *ids: wrapper.run(app, wrapper.path_of(function), *map(str, ids))
