"""Kept answers: found by key, bounded in time, and built anew when Redis is away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from webapp.db import redis
from webapp.web.kept import Kept, fetch_kept

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)


@pytest.fixture
def built(app, clock_at):
    clock_at(NOW)
    calls = []

    def build():
        calls.append(None)
        return Kept(f"built {len(calls)}", NOW + timedelta(minutes=1))

    build.calls = calls
    return build


def test_what_is_kept_is_not_built_again(built):
    key = f"test:{uuid4()}"
    assert fetch_kept(key, 60, built).body == "built 1"
    assert fetch_kept(key, 60, built).body == "built 1"


def test_it_is_built_again_from_the_instant_on_that_bounds_it(built, clock_at):
    key = f"test:{uuid4()}"
    fetch_kept(key, 600, built)
    clock_at(NOW + timedelta(seconds=59))
    assert fetch_kept(key, 600, built).body == "built 1"
    clock_at(NOW + timedelta(minutes=1))
    assert fetch_kept(key, 600, built).body == "built 2"


def test_without_redis_it_is_built_each_time(built, monkeypatch):
    monkeypatch.setattr(redis._Current, "gate", None)
    key = f"test:{uuid4()}"
    assert [fetch_kept(key, 60, built).body for _ in range(3)] == ["built 1", "built 2", "built 3"]


def test_what_another_program_left_under_the_key_is_not_believed(built):
    key = f"test:{uuid4()}"
    redis.cache_set(key, b"nonsense", 60)
    assert fetch_kept(key, 60, built).body == "built 1"
