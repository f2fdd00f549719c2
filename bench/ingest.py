"""`python -m bench.ingest`: events a second, one, 100 and 1,000 at once, beside raw writing and "hello"."""

from __future__ import annotations

import argparse
import json
import statistics
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import psycopg
from flask_migrate import upgrade
from sqlalchemy import func, select, text

from bench.client import Connection
from bench.databases import KINDS, environment_of, installation
from bench.serving import serving
from webapp.accounts.models import ApiToken, User
from webapp.app import create_app
from webapp.core import clock
from webapp.core.permissions import Role
from webapp.core.secrets import hash_secret, new_secret
from webapp.events.models import Event, EventKey
from webapp.extensions import db
from webapp.schools.models import School

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flask import Flask

    from webapp.config import Settings

CONNECTIONS: Final = 16
ROWS_OF_COPY: Final = 100_000
ACCEPTED: Final = 202
SIZES: Final = {1: (1, 16), 100: (16,), 1_000: (16,)}
PROPERTIES: Final = {"verb": "completed", "object_type": "lesson", "object_id": "lesson-12", "score": 0.75}


@dataclass(frozen=True)
class Measured:
    """How a number of requests at a number of connections went."""

    events_a_second: float
    requests_a_second: float
    p50_ms: float
    p95_ms: float


def main() -> None:
    """Run what was asked for, and print a line for each figure."""
    parser = argparse.ArgumentParser(prog="python -m bench.ingest", description=__doc__)
    parser.add_argument("--database", choices=(*KINDS, "both"), default="both")
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    for kind in KINDS if asked.database == "both" else (asked.database,):
        with installation(kind) as settings:
            run(kind, settings, asked)


def run(kind: str, settings: Settings, asked: argparse.Namespace) -> None:
    """Measure on one database, raw writing and requests in turns."""
    app = create_app(settings)
    with app.app_context():
        upgrade()
        secret = sender()
        db.session.commit()
    environment = {**environment_of(settings), "EVENTS_RATE_LIMIT": "100000000", "WEB_WORKERS": "2"}
    environment.pop("MILEPOST_BENCH")
    with (
        serving("gunicorn", "wsgi:app", settings, environment) as server,
        serving("gunicorn", "bench.hello:app", settings, environment) as hello,
    ):
        for turn in range(asked.rounds):
            raw = raw_rows_a_second(app, kind)
            print(f"{kind} round {turn + 1}: raw writing {raw:,.0f} rows/s")
            greeting = ask(hello.port, [greet()] * 200, 1, asked.seconds / 4, 200)
            for size, connections in SIZES.items():
                for many in connections:
                    found = ask(server.port, bodies(secret, size), many, asked.seconds, ACCEPTED)
                    ratio = (
                        f", {found.requests_a_second / greeting.requests_a_second:.2f} of hello" if many == 1 else ""
                    )
                    share = f", {100 * found.events_a_second / raw:.0f} % of raw" if size > 1 else ""
                    print(
                        f"{kind} {size} at once, {many} connections: {found.events_a_second:,.0f} events/s, "
                        f"p50 {found.p50_ms:.1f} ms, p95 {found.p95_ms:.1f} ms{share}{ratio}"
                    )
    with app.app_context():
        stored, keyed = (db.session.scalar(select(func.count()).select_from(each)) for each in (Event, EventKey))
        print(f"{kind}: {stored:,} events stored, {keyed:,} keys")
        db.engine.dispose()


def sender(scopes: str = "events") -> str:
    """Make a teacher with a token, and return its secret."""
    school = School(name="Bench", slug="bench", time_zone="Europe/Berlin")
    db.session.add(school)
    db.session.flush()
    person = User(school_id=school.id, email="bench@school.test", first_name="B", last_name="E", role=Role.TEACHER)
    db.session.add(person)
    db.session.flush()
    secret = new_secret()
    db.session.add(ApiToken(user_id=person.id, name="bench", token_hash=hash_secret(secret), scopes=scopes))
    return secret


def event() -> dict[str, Any]:
    """Return an event of usual size with an id of its own."""
    at = (clock.now() - timedelta(seconds=hash(uuid4()) % 3_600)).isoformat()
    kind = {"type": "learning", "name": "lesson finished", "occurred_at": at, "session_id": "tab-1"}
    return {"event_id": str(uuid4()), **kind, "properties": PROPERTIES}


def bodies(secret: str, size: int) -> list[bytes]:
    """Return requests to send, each with events of its own; enough for some seconds."""
    number = {1: 6_000, 100: 3_000, 1_000: 400}[size]
    sent = (event() if size == 1 else {"events": [event() for _ in range(size)]} for _ in range(number))
    path = "/api/v1/events/track" if size == 1 else "/api/v1/events/batch-track"
    return [post(path, secret, json.dumps(each).encode()) for each in sent]


def post(path: str, secret: str, body: bytes) -> bytes:
    """Return a POST as bytes."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {secret}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def greet() -> bytes:
    """Return a request to "hello"."""
    return b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


def ask(port: int, requests: list[bytes], connections: int, seconds: float, expected: int) -> Measured:
    """Send the requests, each once, over so many connections for so long."""
    waiting: Iterator[bytes] = iter(requests if expected == ACCEPTED else requests * 100)
    lock, times, deadline = threading.Lock(), list[float](), time.perf_counter() + seconds

    def send() -> None:
        with Connection(port) as connection:
            while time.perf_counter() < deadline:
                with lock:
                    following = next(waiting, None)
                if following is None:
                    return
                answer = connection.send(following)
                if answer.status != expected:
                    raise SystemExit(f"{answer.status}: {answer.body[:300]!r}")
                times.append(answer.total)

    began = time.perf_counter()
    threads = [threading.Thread(target=send) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    size = max(1, requests[0].count(b'"event_id"'))
    ordered = sorted(times)
    p95 = ordered[int(len(ordered) * 0.95)] * 1e3
    return Measured(len(times) * size / took, len(times) / took, statistics.median(ordered) * 1e3, p95)


def raw_rows_a_second(app: Flask, kind: str) -> float:
    """Write rows like those of events into a plain table by the fastest road that the database has."""
    at = clock.now()
    rows = [
        (uuid4().hex, at.isoformat(), uuid4().hex, uuid4().hex, "learning", "lesson finished", json.dumps(PROPERTIES))
        for _ in range(ROWS_OF_COPY)
    ]
    with app.app_context():
        url = db.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
        return _copied(url, rows) if kind == "postgresql" else _inserted(rows)


def _copied(url: str, rows: Sequence[tuple[str, ...]]) -> float:
    block = "".join("\t".join(row) + "\n" for row in rows)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS raw_rows")
        connection.execute(
            "CREATE TABLE raw_rows (school_id uuid, occurred_at timestamptz, id uuid, user_id uuid, type varchar(20), "
            "name varchar(100), properties text)"
        )
        began = time.perf_counter()
        with connection.cursor() as cursor, cursor.copy("COPY raw_rows FROM STDIN") as copy:
            copy.write(block)
        return len(rows) / (time.perf_counter() - began)


def _inserted(rows: Sequence[tuple[str, ...]]) -> float:
    with db.engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS raw_rows"))
        connection.execute(text("CREATE TABLE raw_rows (a, b, c, d, e, f, g)"))
    began = time.perf_counter()
    with db.engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO raw_rows VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    return len(rows) / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
