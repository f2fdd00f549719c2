"""PostgreSQL behind a wire that can freeze: people get a clear 503 soon, and the way back needs no restart."""

from __future__ import annotations

import select
import socket
import threading
import time
from contextlib import suppress

import pytest
from flask_migrate import upgrade
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from tests.conftest import PASSWORD, PASSWORD_HASH
from webapp.accounts.models import User
from webapp.app import create_app
from webapp.config import Settings
from webapp.core.permissions import Role
from webapp.db.engine import engine_options
from webapp.db.failing import passes
from webapp.extensions import db


class Wire(threading.Thread):
    """Forwards a port of ours to the server's socket, unless frozen."""

    def __init__(self, target: str) -> None:
        super().__init__(daemon=True)
        self.target, self.frozen, self.ended = target, threading.Event(), threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.pairs: dict[socket.socket, socket.socket] = {}

    def run(self) -> None:
        while not self.ended.is_set():
            readable, _, _ = select.select([self.listener, *self.pairs], [], [], 0.05)
            if self.frozen.is_set():
                time.sleep(0.02)
                continue
            for ready in readable:
                self._accept() if ready is self.listener else self._forward(ready)

    def _accept(self) -> None:
        ours, _ = self.listener.accept()
        theirs = socket.socket(socket.AF_UNIX)
        theirs.connect(self.target)
        self.pairs |= {ours: theirs, theirs: ours}

    def _forward(self, source: socket.socket) -> None:
        sink = self.pairs.get(source)
        if sink is None:
            return
        data = b""
        with suppress(OSError):
            data = source.recv(65536)
        if data:
            with suppress(OSError):
                sink.sendall(data)
            return
        for one in (source, sink):
            self.pairs.pop(one, None)
            one.close()

    def end(self) -> None:
        self.ended.set()
        self.join(2)
        for one in (self.listener, *self.pairs):
            one.close()


@pytest.fixture
def wire(fresh_postgres_url):
    folder = make_url(fresh_postgres_url).query["host"]
    made = Wire(f"{folder}/.s.PGSQL.5432")
    made.start()
    yield made
    made.end()


@pytest.fixture
def app_on_the_wire(wire, fresh_postgres_url, redis_url, tmp_path):
    url = make_url(fresh_postgres_url).set(host="127.0.0.1", port=wire.port, query={})
    settings = Settings(
        milepost_home=tmp_path,
        database_url=url.render_as_string(hide_password=False),
        redis_url=redis_url,
        secret_key="only-for-tests",
        testing=True,
    )
    app = create_app(settings)
    with app.app_context():
        upgrade()
        db.session.add(User(email="one@school.test", role=Role.STUDENT, password_hash=PASSWORD_HASH))
        db.session.commit()
    yield app
    wire.frozen.clear()
    with app.app_context():
        db.engine.dispose()


def enter(app):
    client = app.test_client()
    client.post("/login", data={"csrf_token": token_of(client), "email": "one@school.test", "password": PASSWORD})
    assert client.get("/tasks").status_code == 200
    return client


def token_of(client):
    return client.get("/login").text.partition('name="csrf-token" content="')[2].partition('"')[0]


def test_frozen_is_a_503_in_three_seconds_and_ends_by_itself(app_on_the_wire, wire):
    client = enter(app_on_the_wire)
    wire.frozen.set()
    for path, words in (("/tasks", "The database does not answer"), ("/api/v1/tasks", '"status": 503')):
        began = time.monotonic()
        answer = client.get(path)
        assert time.monotonic() - began < 3.5
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert words in answer.text
    wire.frozen.clear()
    assert client.get("/tasks").status_code == 200


def test_lost_at_the_commit_is_a_503_that_does_not_say_what_it_cannot_know(app_on_the_wire, wire):
    app_on_the_wire.config["PROPAGATE_EXCEPTIONS"] = False  # as it is outside of tests
    client = enter(app_on_the_wire)
    token = client.get("/tasks").text.partition('name="csrf-token" content="')[2].partition('"')[0]
    with app_on_the_wire.app_context():
        sessions = db.session.session_factory
    event.listen(sessions, "before_commit", lambda _session: wire.frozen.set(), once=True)
    answer = client.post("/tasks", data={"csrf_token": token, "title": "Essay about lakes"})
    assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "5")
    assert "See whether it is there" in answer.text
    assert "Nothing was changed" not in answer.text
    wire.frozen.clear()
    assert client.get("/tasks").status_code == 200


def test_a_transaction_that_slept_too_long_may_be_tried_again(fresh_postgres_url):
    engine = create_engine(fresh_postgres_url, **engine_options(fresh_postgres_url))
    watcher = create_engine(fresh_postgres_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection, watcher.connect() as other:
        mine = connection.scalar(text("SELECT pg_backend_pid()"))
        connection.execute(text("SET idle_in_transaction_session_timeout = 1"))
        there = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid")
        deadline = time.monotonic() + 20
        while other.scalar(there, {"pid": mine}) and time.monotonic() < deadline:
            pass
        with pytest.raises(DBAPIError) as raised:
            connection.execute(text("SELECT 1"))
    assert passes(raised.value)
    with pytest.raises(DBAPIError) as raised, engine.connect() as connection:
        connection.execute(text("SELECT nothing"))
    assert not passes(raised.value)
    engine.dispose()
    watcher.dispose()
