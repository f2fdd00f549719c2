"""How often one may ask, with Redis there, away and frozen."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

from webapp.extensions import limiter

ALLOWANCE = 3


@pytest.fixture(autouse=True)
def _few(app, monkeypatch):
    monkeypatch.setitem(app.config, "API_RATE_LIMIT", ALLOWANCE)


@pytest.fixture
def redis_at(app, monkeypatch):
    """Return a way to let the limits be counted at another address."""

    def move(address: str) -> None:
        storage = storage_from_string(address, **app.config["RATELIMIT_STORAGE_OPTIONS"])
        monkeypatch.setattr(limiter, "_storage", storage)
        monkeypatch.setattr(limiter, "_limiter", FixedWindowRateLimiter(storage))
        monkeypatch.setattr(limiter, "_storage_dead", False)

    return move


def use_up(program) -> None:
    for _ in range(ALLOWANCE):
        assert program.get("/tasks").status_code == 200


def test_the_allowance_is_for_all_requests_together(student):
    for method, path in [("GET", "/tasks"), ("POST", "/tasks"), ("GET", "/categories")]:
        assert student.ask(method, path, json={"title": "Essay"}).status_code in {200, 201}
    answer = student.get("/categories")
    assert answer.status_code == 429
    assert answer.mimetype == "application/problem+json"
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


def test_each_token_has_its_own(program, cast):
    first, second = program(cast.student), program(cast.student)
    use_up(first)
    assert first.get("/tasks").status_code == 429
    assert second.get("/tasks").status_code == 200


def test_a_refused_write_changes_nothing(student, monkeypatch, app):
    use_up(student)
    assert student.post("/tasks", {"title": "Essay"}).status_code == 429
    monkeypatch.setitem(app.config, "API_RATE_LIMIT", 1000)
    assert student.get("/tasks").get_json()["total"] == 0


def test_the_document_is_not_limited(client):
    for _ in range(ALLOWANCE + 2):
        assert client.get("/api/v1/openapi.json").status_code == 200


def test_without_redis_this_process_counts(student, redis_at):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        redis_at(f"redis://127.0.0.1:{taken.getsockname()[1]}")
        use_up(student)
        answer = student.get("/tasks")
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


def test_a_frozen_redis_costs_one_request_half_a_second(student, redis_at):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        redis_at(f"redis://127.0.0.1:{silent.getsockname()[1]}")
        began = time.perf_counter()
        use_up(student)
        assert student.get("/tasks").status_code == 429
        assert time.perf_counter() - began < 1.9


class Hanging(threading.Thread):
    """Takes so many connections, waits until all of them have asked something, and hangs up on all."""

    def __init__(self, many: int) -> None:
        super().__init__(daemon=True)
        self.many = many
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"redis://127.0.0.1:{self.listener.getsockname()[1]}"

    def run(self) -> None:
        callers = [self.listener.accept()[0] for _ in range(self.many)]
        for caller in callers:
            caller.recv(1024)
        self.listener.close()
        for caller in callers:
            caller.close()


def test_all_who_find_redis_gone_in_the_same_moment_are_answered(program, cast, redis_at):
    programs = [program(person) for person in (cast.student, cast.classmate, cast.teacher, cast.manager)]
    hanging = Hanging(len(programs))
    redis_at(hanging.address)
    hanging.start()
    with ThreadPoolExecutor(len(programs)) as pool:
        answers = list(pool.map(lambda one: one.get("/tasks"), programs))
    hanging.join()
    assert [answer.status_code for answer in answers] == [200] * len(programs)
