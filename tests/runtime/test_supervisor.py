from __future__ import annotations

import contextlib
import http.client
import signal
import socket
import sqlite3
import threading
import time

import psutil
import pytest
from redis import Redis

from tests.runtime.conftest import PARTS, Milepost, wait_until

pytestmark = [pytest.mark.runtime, pytest.mark.timeout(600)]


def last_drain(milepost):
    with contextlib.closing(sqlite3.connect(milepost.home / "milepost.db", timeout=10)) as database:
        statement = "SELECT last_finished_at FROM job_runs WHERE path = 'webapp.rollups.jobs.drain_dirty_days'"
        row = database.execute(statement).fetchone()
    return row and row[0]


def test_it_comes_up_works_and_ends_without_a_trace(milepost):
    wait_until(milepost.is_ready, "readiness")
    wait_until(lambda: last_drain(milepost), "the first drain of dirty days")
    assert (milepost.home / "secret_key").stat().st_mode & 0o077 == 0
    assert (milepost.home / "redis.sock").stat().st_mode & 0o077 == 0
    parts = milepost.everything()
    assert milepost.stop() == 0
    assert not [one for one in parts if one.is_running()]
    assert "was killed" not in milepost.said
    assert "Traceback" not in milepost.said


def test_ctrl_c_ends_it_too_and_it_starts_again_within_seconds(start):
    first = start().ready()
    assert first.stop(signal.SIGINT) == 0
    began = time.monotonic()
    second = start(first.home).ready()
    assert time.monotonic() - began < 60  # a few seconds on a quiet machine
    assert second.stop() == 0


@pytest.fixture(scope="module")
def lasting(tmp_path_factory):
    """Return an installation that several tests hurt one after another; it heals each time, and ends well."""
    one = Milepost(tmp_path_factory.mktemp("lasting"))
    try:
        yield one.ready()
        assert one.stop() == 0
    finally:
        one.end()


@pytest.mark.parametrize("name", PARTS)
def test_what_is_killed_comes_back(lasting, name):
    wait_until(lasting.is_ready, "readiness")
    victim = lasting.part(name)
    victim.kill()
    wait_until(lambda: lasting.part(name) not in {None, victim}, f"another {name}")
    wait_until(lasting.is_ready, "readiness after that")


def test_while_redis_is_dead_or_frozen_pages_answer_quickly(lasting):
    wait_until(lasting.is_ready, "readiness")
    lasting.part("redis").suspend()
    try:
        for _ in range(10):
            began = time.monotonic()
            assert lasting.get("/login")[0] in {200, 302, 303}
            assert time.monotonic() - began < 5
        assert lasting.get("/readyz")[0] == 503
    finally:
        lasting.part("redis").resume()
    wait_until(lasting.is_ready, "readiness after that")


def test_what_redis_held_survives_its_restart(lasting):
    wait_until(lasting.is_ready, "readiness")
    with Redis(unix_socket_path=str(lasting.home / "redis.sock")) as client:
        client.set("milepost:test", "kept")
        time.sleep(1.2)  # appended to disk once a second
        victim = lasting.part("redis")
        victim.kill()
        wait_until(lambda: lasting.part("redis") not in {None, victim}, "another redis")
        wait_until(lambda: answers(client), "its answer")
        assert client.get("milepost:test") == b"kept"


def answers(client):
    with contextlib.suppress(ConnectionError, OSError):
        return client.ping()
    return False


def test_a_second_one_on_the_same_home_is_refused_in_one_line(lasting, start):
    wait_until(lasting.is_ready, "readiness")
    second = start(lasting.home)
    assert second.process.wait(90) == 1
    wait_until(lambda: second.said, "its reason")
    assert "running already" in second.said
    assert second.said.count("\n") == 1
    assert lasting.get("/healthz")[0] == 200


def test_a_request_in_flight_is_finished_after_sigterm(milepost):
    body = b"email=nobody%40school.test&password=a-long-enough-password"
    head = f"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
    head += "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    with socket.create_connection(("127.0.0.1", milepost.port), timeout=30) as slow:
        slow.sendall(head.encode() + body[:10])
        time.sleep(0.5)
        milepost.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        slow.sendall(body[10:])
        answer = http.client.HTTPResponse(slow)
        answer.begin()
        assert answer.status in {200, 303, 400, 422}
        answer.read()
    assert milepost.process.wait(60) == 0


def test_sigterm_under_load_breaks_no_answer(milepost):
    outcomes, stop = [], threading.Event()

    def visit():
        while not stop.is_set():
            try:
                outcomes.append(milepost.get("/login")[0])
            except ConnectionRefusedError:
                return
            except (OSError, http.client.HTTPException) as error:
                outcomes.append(repr(error))

    visitors = [threading.Thread(target=visit) for _ in range(6)]
    for visitor in visitors:
        visitor.start()
    time.sleep(1.5)
    code = milepost.stop()
    stop.set()
    for visitor in visitors:
        visitor.join()
    assert code == 0
    assert len(outcomes) > 20
    assert {outcome for outcome in outcomes if outcome not in {200, 302, 303, 503}} == set()


def test_a_port_in_use_is_one_line(start):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        second = start(PORT=str(port))
        assert second.process.wait(90) == 1
    wait_until(lambda: second.said, "its reason")
    assert f"127.0.0.1:{port}" in second.said
    assert "PORT=" in second.said
    assert second.said.count("\n") == 1


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"PORT": "many"}, "PORT"),
        ({"MILEPOST_HOME": "/dev/null/home"}, "MILEPOST_HOME"),
        ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"}, "database could not be prepared"),
    ],
)
def test_a_wrong_setting_is_named(start, environment, words):
    one = start(**environment)
    assert one.process.wait(120) == 1
    wait_until(lambda: words in one.said, words, 5)
    assert one.process.poll() is not None


def test_when_the_supervisor_is_killed_nothing_stays_and_the_next_one_starts(milepost, start):
    parts = milepost.everything()
    assert len(parts) >= 5
    milepost.process.kill()
    following = start(milepost.home).ready()
    assert not [one for one in parts if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    wait_until(following.is_ready, "readiness")


def test_a_redis_of_ones_own_is_used_and_none_is_started(start, redis_url):
    one = start(REDIS_URL=redis_url).ready()
    assert one.part("redis") is None
    wait_until(one.is_ready, "readiness")
    assert not (one.home / "redis.sock").exists()
    assert one.stop() == 0


def test_a_home_with_a_long_path_works(start, tmp_path):
    one = start(tmp_path / ("long" * 30)).ready()
    wait_until(one.is_ready, "readiness")
    assert one.stop() == 0


def test_a_second_signal_does_not_wait(milepost):
    with socket.create_connection(("127.0.0.1", milepost.port)) as held:
        held.sendall(b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nx")
        time.sleep(0.5)
        milepost.process.send_signal(signal.SIGTERM)
        milepost.process.send_signal(signal.SIGTERM)  # the same wish, passed on twice by `make`
        time.sleep(1.5)
        assert milepost.process.poll() is None
        began = time.monotonic()
        milepost.process.send_signal(signal.SIGTERM)
        assert milepost.process.wait(30) == 0
        assert time.monotonic() - began < 8


def test_it_runs_on_postgresql(start, fresh_postgres_url):
    one = start(DATABASE_URL=fresh_postgres_url).ready()
    wait_until(one.is_ready, "readiness")
    assert not (one.home / "milepost.db").exists()
    assert one.stop() == 0
