from __future__ import annotations

import json
import logging

import pytest
import structlog

from webapp.web.logs import configure_logs


@pytest.fixture(autouse=True)
def as_before():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_logs_are_json_lines_from_their_level_up(capsys):
    configure_logs("warning")
    log = structlog.get_logger("ours")
    log.info("unheard")
    log.warning("heard", number=7)
    logging.getLogger("theirs").warning("also %s", "heard")
    mine, theirs = lines(capsys)
    assert (mine["event"], mine["level"], mine["number"]) == ("heard", "warning", 7)
    assert mine["timestamp"].endswith("Z")
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("also heard", "warning", "theirs")


def test_an_exception_is_told_in_the_same_line(capsys):
    configure_logs()
    try:
        {}["lost"]
    except KeyError:
        structlog.get_logger("ours").exception("failed")
    (line,) = lines(capsys)
    assert line["problem"] == "KeyError"
    assert '{}["lost"]' in line["exception"], "the line of code"
    assert "'lost'" not in line["exception"], "not what the error says"


def test_an_exception_of_a_library_too(capsys):
    configure_logs()
    address = "ada@school.test"
    try:
        int(address)
    except ValueError:
        logging.getLogger("theirs").exception("failed")
    (line,) = lines(capsys)
    assert line["problem"] == "ValueError"
    assert "int(address)" in line["exception"]
    assert address not in line["exception"]


def test_a_terminal_gets_plain_lines(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    configure_logs("info")
    structlog.get_logger("ours").info("hello")
    assert "hello" in capsys.readouterr().err
