from __future__ import annotations

import socket
import threading
import time

import pytest
from redis import Redis

from webapp.db import redis as module
from webapp.db.redis import Gate, RedisAwayError, cache_delete, cache_get, cache_set, quick_client


@pytest.fixture
def redis(redis_url, monkeypatch):
    monkeypatch.setattr(module._Current, "gate", None)
    module.connect(redis_url)
    client = Redis.from_url(redis_url)
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


def test_what_was_kept_is_found_under_our_prefix_and_expires(redis):
    cache_set("some:key", b"value", 60)
    assert cache_get("some:key") == b"value"
    assert redis.keys() == [b"milepost:some:key"]
    assert 0 < redis.ttl("milepost:some:key") <= 60
    cache_delete("some:key")
    assert cache_get("some:key") is None


def test_without_redis_everything_is_a_miss_and_nothing_raises(monkeypatch, tmp_path):
    monkeypatch.setattr(module._Current, "gate", None)
    for _ in range(2):
        cache_set("key", b"value", 60)
        cache_delete("key")
        assert cache_get("key") is None
        assert not module.redis_answers()
        assert module.redis_seems_down()
        module.connect(f"unix://{tmp_path}/nobody.sock")


def test_redis_client_and_answers(redis):
    assert module.redis_client().ping()
    assert module.redis_answers()
    assert not module.redis_seems_down()


class Failing:
    """Counts how often it was asked, and fails until told."""

    def __init__(self):
        self.asked, self.well = 0, False

    def __call__(self, client):
        self.asked += 1
        if not self.well:
            raise ConnectionError("away")
        return "answer"


@pytest.fixture
def shut(tmp_path, monkeypatch):
    """Return a gate that has just shut, what it asks, and a clock that the test moves."""
    clock = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: clock[0])
    gate, ask = Gate(quick_client(f"unix://{tmp_path}/nobody.sock")), Failing()
    with pytest.raises(RedisAwayError):
        gate.call(ask)
    return gate, ask, clock


def test_a_gate_that_shut_asks_nothing_until_its_pause_is_over(shut):
    gate, ask, clock = shut
    for _ in range(5):
        with pytest.raises(RedisAwayError):
            gate.call(ask)
    assert ask.asked == 1
    ask.well = True
    clock[0] += 1.1
    assert gate.call(ask) == "answer"
    assert not gate.failing


def test_its_pauses_grow_to_five_seconds_and_no_further(shut):
    gate, ask, clock = shut
    for _ in range(20):
        clock[0] += 5.1
        with pytest.raises(RedisAwayError):
            gate.call(ask)
    assert ask.asked == 21
    ask.well = True
    clock[0] += 5.1
    assert gate.call(ask) == "answer"


def test_only_one_tries_while_the_others_go_on(shut):
    gate, _, clock = shut
    clock[0] += 1.1
    inside, leave = threading.Event(), threading.Event()

    def slow(client):
        inside.set()
        leave.wait(5)
        return "slow"

    first = threading.Thread(target=lambda: gate.call(slow))
    first.start()
    inside.wait(5)
    with pytest.raises(RedisAwayError):
        gate.call(slow)
    leave.set()
    first.join(5)
    assert not gate.failing


def test_a_silent_server_is_given_up_after_half_a_second(tmp_path):
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "silent.sock"))
        silent.listen(5)
        gate = Gate(quick_client(f"unix://{tmp_path}/silent.sock"))
        started = time.monotonic()
        with pytest.raises(RedisAwayError):
            gate.call(lambda client: client.get("key"))
        assert 0.3 < time.monotonic() - started < 1.0
