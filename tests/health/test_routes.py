from __future__ import annotations

from datetime import timedelta

import pytest
from redis import Redis
from rq.worker_registration import REDIS_WORKER_KEYS
from sqlalchemy import text

from webapp.core.clock import now
from webapp.db import redis as redis_module


@pytest.fixture
def redis(app, redis_url):
    redis_module.connect(redis_url)
    client = Redis.from_url(redis_url)
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


def register_worker(redis, *, silent_for=0, **fields):
    seen = (now() - timedelta(seconds=silent_for)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    redis.sadd(REDIS_WORKER_KEYS, "rq:worker:one")
    redis.hset("rq:worker:one", mapping={"last_heartbeat": seen, "state": "idle", **fields})


def test_healthz_says_that_the_process_is_up(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_readyz_when_all_is_well(client, redis):
    register_worker(redis)
    answer = client.get("/readyz")
    parts = {"database": "ok", "migrations": "ok", "redis": "ok", "worker": "ok"}
    assert (answer.status_code, answer.json) == (200, {"status": "ok", **parts})


@pytest.mark.parametrize(
    "worker",
    [None, {"silent_for": 60}, {"death": "2026-11-20T10:00:00.000000Z"}],
    ids=["none", "silent", "left"],
)
def test_readyz_without_a_live_worker(client, redis, worker):
    if worker is not None:
        register_worker(redis, **worker)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["worker"]) == (503, "none alive")


def test_a_busy_worker_may_be_silent(client, redis):
    register_worker(redis, silent_for=300, state="busy")
    assert client.get("/readyz").status_code == 200


def test_readyz_without_redis(client, redis, redis_url, tmp_path):
    redis_module.connect(f"unix://{tmp_path}/nobody.sock")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert (answer.json["redis"], answer.json["worker"], answer.json["database"]) == (
        "does not answer",
        "unknown",
        "ok",
    )
    redis_module.connect(redis_url)


def test_readyz_with_a_migration_missing(client, redis, engine):
    register_worker(redis)
    with engine.begin() as connection:
        before = connection.scalar(text("SELECT version_num FROM alembic_version"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    try:
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json["migrations"]) == (503, "not all applied")
    finally:
        with engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :before"), {"before": before})
