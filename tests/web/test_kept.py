"""Kept answers: found by key, bounded in time, and built anew when Redis is away."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from webapp.db import redis
from webapp.web.kept import Kept, fetch_kept
from webapp.web.nearby import ROOM_CHARACTERS, Nearby, nearby

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


def test_without_redis_each_process_builds_its_own(built, monkeypatch):
    monkeypatch.setattr(redis._Current, "gate", None)
    key = f"test:{uuid4()}"
    assert [fetch_kept(key, 60, built).body for _ in range(2)] == ["built 1", "built 1"]
    nearby.clear()
    assert fetch_kept(key, 60, built).body == "built 2"


def test_what_one_process_built_another_finds_in_redis(built):
    key = f"test:{uuid4()}"
    fetch_kept(key, 60, built)
    nearby.clear()
    assert fetch_kept(key, 60, built).body == "built 1"


def test_what_waits_goes_to_redis_on_a_thread_of_its_own(app):
    room, key, deadline = Nearby(), f"test:{uuid4()}", time.monotonic() + 30
    room.writes_itself = True
    room.share(key, "soon there", 60)
    while redis.cache_get(key) is None:
        assert time.monotonic() < deadline
    room.stop()
    assert redis.cache_get(key) == b"soon there"


def test_the_room_is_bounded():
    room = Nearby()
    room.put("too large", Kept("x" * ROOM_CHARACTERS, NOW + timedelta(days=9999)))
    assert room.get("too large") is None
    for number in range(12):
        room.put(str(number), Kept("x" * (ROOM_CHARACTERS // 10), datetime.max.replace(tzinfo=UTC)))
    assert [room.get(str(number)) is not None for number in (0, 1, 2, 11)] == [False, False, True, True]


def test_what_another_program_left_under_the_key_is_not_believed(built):
    key = f"test:{uuid4()}"
    redis.cache_set(key, b"nonsense", 60)
    assert fetch_kept(key, 60, built).body == "built 1"
