"""Logs name nobody, whatever people type and whatever fails; each event is one line that says its request."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.web.marked_crawl import MARK

NUMBER = re.compile(r"[0-9a-f]{16}")


@pytest.fixture(scope="module")
def logged(tmp_path_factory):
    """Return what a whole visit with failures leaves in the log, line by line."""
    command = [sys.executable, "-m", "tests.web.marked_crawl", str(tmp_path_factory.mktemp("marked"))]
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=root, timeout=120, check=True)
    return done.stderr.splitlines()


def test_each_event_is_one_line_of_json(logged):
    found = [json.loads(line) for line in logged]
    assert all({"event", "level", "timestamp"} <= line.keys() for line in found)
    events = [line["event"] for line in found]
    assert events.count("request_failed") == 1, "not once by us and once by the framework"
    assert events.count("database_failed") == 1
    assert events.count("job_failed") == 1


def test_no_line_holds_what_people_typed(logged):
    typed = [line for line in logged if MARK in line]
    assert typed == []


def test_each_line_of_a_request_says_which(logged):
    found = [json.loads(line) for line in logged]
    of_requests = [line for line in found if line["event"] in {"request_failed", "database_failed"}]
    assert len({line["request"] for line in of_requests}) == 2
    assert all(NUMBER.fullmatch(line["request"]) for line in of_requests)
    of_jobs = [line for line in found if line["event"].startswith("job_")]
    assert all("request" not in line for line in of_jobs)


def test_it_says_where_it_failed(logged):
    (failed,) = (line for line in map(json.loads, logged) if line["event"] == "request_failed")
    assert failed["problem"] == "ValueError"
    assert "tests/web/marked_crawl.py" in failed["exception"]
    assert "raise ValueError(MARK)" in failed["exception"]


def test_the_answer_carries_the_number_and_strangers_cannot_choose_it(client):
    answer = client.get("/healthz", headers={"X-Request-ID": "0123456789abcdef"})
    assert NUMBER.fullmatch(answer.headers["X-Request-ID"])
    assert answer.headers["X-Request-ID"] != "0123456789abcdef"
    assert answer.headers["X-Request-ID"] != client.get("/healthz").headers["X-Request-ID"]
