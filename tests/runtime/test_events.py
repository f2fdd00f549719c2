"""Web processes, workers and Redis are killed while programs send events: what was acknowledged is stored, once.

`KILLS=50 EVENTS=100000` makes it as cruel as one likes.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import threading
import time
from uuid import uuid4

import psutil
import pytest
from sqlalchemy import create_engine, text

from tests.runtime.commands import flask
from tests.runtime.conftest import wait_until

KILLS = int(os.environ.get("KILLS", "4"))
EVENTS = int(os.environ.get("EVENTS", "4000"))
SENDERS = 4
BATCH = 100
VICTIMS = ("web", "web", "worker", "redis")


class Sender(threading.Thread):
    """A program that sends batches of its own, and each again until it is told that it is stored."""

    def __init__(self, port, token):
        super().__init__(daemon=True)
        self.port, self.token = port, token
        self.acknowledged, self.strange, self.repeated = [], [], 0
        self.enough = threading.Event()

    def run(self):
        while not self.enough.is_set():
            ids = [str(uuid4()) for _ in range(BATCH)]
            events = [{"event_id": each, "type": "custom", "name": each[0]} for each in ids]
            body = json.dumps({"events": events})
            while not self._send(body):
                self.repeated += 1
                time.sleep(0.05)
            self.acknowledged += ids

    def _send(self, body):
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
            with contextlib.closing(connection):
                connection.request("POST", "/api/v1/events/batch-track", body, headers)
                answer = connection.getresponse()
                said = answer.read()
                if answer.status == 202 and json.loads(said)["accepted"] == BATCH:
                    return True
                if answer.status != 503:
                    self.strange.append((answer.status, said))
        return False


@pytest.mark.runtime
@pytest.mark.timeout(300 + 40 * KILLS)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_was_acknowledged_is_stored_once_whoever_is_killed(start, request, kind):
    url = request.getfixturevalue("fresh_postgres_url") if kind == "postgresql" else ""
    milepost = start(DATABASE_URL=url, EVENTS_RATE_LIMIT="1000000").ready()
    _, _, token = flask(
        milepost.environment,
        ("schools", "create", "--name", "Example", "--slug", "example", "--zone", "Asia/Kathmandu"),
        ("users", "create", "--email", "p@school.test", "--role", "student", "--school", "example"),
        ("tokens", "create", "--user", "p@school.test", "--scopes", "events", "--name", "w"),
    )
    senders = [Sender(milepost.port, token) for _ in range(SENDERS)]
    for sender in senders:
        sender.start()
    chance = random.Random(5)
    for number in range(KILLS):
        name = VICTIMS[number % len(VICTIMS)]
        part = wait_until(lambda name=name: milepost.part(name), name)
        time.sleep(chance.uniform(0.1, 1.0))
        with contextlib.suppress(psutil.NoSuchProcess):
            chance.choice([part, *part.children()]).kill() if name == "web" else part.kill()
    wait_until(lambda: sum(len(sender.acknowledged) for sender in senders) >= EVENTS, "enough events", 600)
    for sender in senders:
        sender.enough.set()
    for sender in senders:
        sender.join(60)
    strange = [each for sender in senders for each in sender.strange]
    assert not strange, strange[:3]
    acknowledged = [each for sender in senders for each in sender.acknowledged]
    stored, counted = told(url or f"sqlite:///{milepost.home / 'milepost.db'}")
    assert len(stored) == len(set(stored)), "stored twice"
    assert set(acknowledged) <= set(stored), "acknowledged and lost"
    assert counted == len(stored)
    assert len(acknowledged) >= EVENTS


def told(url):
    """Return the ids that are stored, and how many events are counted."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            ids = [str(row).replace("-", "") for row in connection.scalars(text("SELECT id FROM events"))]
            both = "SELECT number FROM event_deltas UNION ALL SELECT number FROM event_days"
            counted = sum(connection.scalars(text(both)))
        return [f"{one[:8]}-{one[8:12]}-{one[12:16]}-{one[16:20]}-{one[20:]}" for one in ids], counted
    finally:
        engine.dispose()
