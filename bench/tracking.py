"""`python -m bench.tracking`: a page and a write with activity tracking and without it, in turns."""

from __future__ import annotations

import argparse
import statistics
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from flask_migrate import upgrade

from bench.client import Connection
from bench.databases import KINDS, environment_of, installation
from bench.ingest import sender
from bench.serving import serving
from webapp.app import create_app
from webapp.extensions import db

if TYPE_CHECKING:
    from webapp.config import Settings

BODY: Final = b'{"title": "Essay"}'
SCOPES: Final = "read write"


def main() -> None:
    """Measure on each database."""
    parser = argparse.ArgumentParser(prog="python -m bench.tracking", description=__doc__)
    parser.add_argument("--database", choices=(*KINDS, "both"), default="both")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=150)
    asked = parser.parse_args()
    for kind in KINDS if asked.database == "both" else (asked.database,):
        with installation(kind) as settings:
            run(kind, settings, asked)


def run(kind: str, settings: Settings, asked: argparse.Namespace) -> None:
    """Serve twice, once with tracking, and ask both in turns."""
    with create_app(settings).app_context():
        upgrade()
        secret = sender(SCOPES)
        db.session.commit()
        db.engine.dispose()
    common = {**environment_of(settings), "API_RATE_LIMIT": "100000000"}
    common.pop("MILEPOST_BENCH")
    token = f"Host: localhost\r\nAuthorization: Bearer {secret}\r\n"
    requests = {
        "read": f"GET /api/v1/tasks HTTP/1.1\r\n{token}\r\n".encode(),
        "write": (
            f"POST /api/v1/tasks HTTP/1.1\r\n{token}Content-Type: application/json\r\n"
            f"Content-Length: {len(BODY)}\r\n\r\n"
        ).encode()
        + BODY,
    }
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(serving("gunicorn", "wsgi:app", settings, {**common, "ACTIVITY_TRACKING": name}))
            for name in ("true", "false")
        }
        for what, sent in requests.items():
            times: dict[str, list[float]] = {name: [] for name in servers}
            cpu = dict.fromkeys(servers, 0.0)
            for _ in range(asked.rounds):
                for name, server in servers.items():
                    before = server.cpu_seconds()
                    times[name] += ask(server.port, sent, asked.requests)
                    cpu[name] += server.cpu_seconds() - before
            for name, label in (("false", "without"), ("true", "with")):
                ordered, each = sorted(times[name]), cpu[name] / asked.rounds / asked.requests
                p95 = ordered[int(len(ordered) * 0.95)]
                print(
                    f"{kind} {what} {label}: p50 {statistics.median(ordered) * 1e3:.2f} ms, p95 {p95 * 1e3:.2f} ms, "
                    f"CPU {each * 1e3:.3f} ms"
                )


def ask(port: int, sent: bytes, number: int) -> list[float]:
    """Return the seconds that each of so many requests took, after some that do not count."""
    found = []
    with Connection(port) as connection:
        for turn in range(number + 10):
            began = time.perf_counter()
            if connection.send(sent).status >= 400:  # noqa: PLR2004 - a refusal
                raise SystemExit("The request was refused.")
            if turn >= 10:  # noqa: PLR2004 - as above
                found.append(time.perf_counter() - began)
    return found


if __name__ == "__main__":
    main()
