"""Sixteen people and programs writing at once, on each database: nothing is refused as locked, nothing is lost.

`WRITERS_SECONDS=60` makes it a minute long.
"""

from __future__ import annotations

import http.client
import json
import os
import threading
import time
from collections import Counter
from contextlib import closing

import pytest

from tests.runtime.commands import flask

WRITERS = 16
SECONDS = float(os.environ.get("WRITERS_SECONDS", "4"))


class Writer(threading.Thread):
    """One connection that creates a task with a slot, and completes it, as fast as it is answered."""

    def __init__(self, port, token, until):
        super().__init__(daemon=True)
        self.port, self.until = port, until
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.statuses = Counter()
        self.created, self.completed = set(), set()

    def run(self):
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            number = 0
            while time.monotonic() < self.until:
                number += 1
                self._write(connection, number)

    def _write(self, connection, number):
        start = f"2026-11-{number % 28 + 1:02d}T{number % 22:02d}:00:00Z"
        end = f"2026-11-{number % 28 + 1:02d}T{number % 22:02d}:45:00Z"
        slots = [{"starts_at": start, "ends_at": end}]
        status, answer = self._send(connection, "/api/v1/tasks", {"title": f"Task {number}", "slots": slots})
        if status == 201:
            self.created.add(answer["id"])
            status, _ = self._send(connection, f"/api/v1/tasks/{answer['id']}/complete", {})
            if status == 200:
                self.completed.add(answer["id"])

    def _send(self, connection, path, body):
        connection.request("POST", path, json.dumps(body), self.headers)
        response = connection.getresponse()
        answer = json.loads(response.read() or b"{}")
        self.statuses[response.status] += 1
        return response.status, answer


PEOPLE = tuple(f"writer-{number}@school.test" for number in range(WRITERS // 4))
SETTING_UP = (
    ("schools", "create", "--name", "Example", "--slug", "example", "--zone", "Europe/Berlin"),
    *(("users", "create", "--email", email, "--role", "student", "--school", "example") for email in PEOPLE),
    *(("tokens", "create", "--user", email, "--scopes", "read,write", "--name", "writer") for email in PEOPLE),
)


def _get(port, token, path):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        return json.loads(connection.getresponse().read())


@pytest.fixture(params=["sqlite", "postgresql"])
def environment(request, tmp_path):
    url = request.getfixturevalue("fresh_postgres_url") if request.param == "postgresql" else ""
    return {"DATABASE_URL": url, "API_RATE_LIMIT": "1000000"}


@pytest.mark.runtime
@pytest.mark.timeout(240)
def test_sixteen_writers_at_once(start, environment):
    milepost = start(**environment).ready()
    # Four people, four connections each: writers meet on one person's rows as well as on the file.
    tokens = flask(milepost.environment, *SETTING_UP)[-len(PEOPLE) :]
    until = time.monotonic() + SECONDS
    writers = [Writer(milepost.port, tokens[number % len(tokens)], until) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    statuses = sum((writer.statuses for writer in writers), Counter())
    created = sum(len(writer.created) for writer in writers)
    completed = sum(len(writer.completed) for writer in writers)
    print(f"{sum(statuses.values())} writes in {SECONDS:g} s: {dict(statuses)}")
    assert set(statuses) == {200, 201}
    assert created == completed > 0
    stored = [_get(milepost.port, token, "/api/v1/tasks?status=completed&limit=1")["total"] for token in tokens]
    assert sum(stored) == created
    assert "database is locked" not in milepost.said
    flask(milepost.environment, ("rollups", "verify"))
