"""PostgreSQL behind a wire that can freeze: people get a clear 503 soon, and the way back needs no restart."""

from __future__ import annotations

import select
import socket
import threading
import time
from contextlib import suppress

import pytest
from flask_migrate import upgrade
from sqlalchemy.engine import make_url

from tests.conftest import PASSWORD, PASSWORD_HASH
from webapp.accounts.models import User
from webapp.app import create_app
from webapp.config import Settings
from webapp.core.permissions import Role
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


def test_frozen_is_a_503_in_three_seconds_and_ends_by_itself(app_on_the_wire, wire):
    client = app_on_the_wire.test_client()
    page = client.get("/login").text
    token = page.partition('name="csrf-token" content="')[2].partition('"')[0]
    client.post("/login", data={"csrf_token": token, "email": "one@school.test", "password": PASSWORD})
    assert client.get("/tasks").status_code == 200
    wire.frozen.set()
    for path, words in (("/tasks", "The database does not answer"), ("/api/v1/tasks", '"status": 503')):
        began = time.monotonic()
        answer = client.get(path)
        assert time.monotonic() - began < 3.5
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert words in answer.text
    wire.frozen.clear()
    assert client.get("/tasks").status_code == 200
