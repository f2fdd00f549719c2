from __future__ import annotations

import os
import subprocess
import time
from datetime import date

import pytest

from tests.planner.calendar.test_reading import ALL_TIME_PROPERTIES, calendar, event
from webapp.planner.calendar import reader, sandbox
from webapp.planner.calendar.findings import UnreadableCalendarError, Window
from webapp.planner.calendar.reading import read
from webapp.planner.calendar.sandbox import read_safely

YEAR = Window("Europe/Berlin", date(2026, 9, 1), date(2027, 8, 31))
LONG_AGO = "DTSTART:10260101T000000Z\nDURATION:PT1M\n"


def outcome(data: bytes) -> str:
    try:
        return "something" if read_safely(data, YEAR).occurrences else "nothing"
    except UnreadableCalendarError as error:
        return str(error)


def test_it_finds_what_reading_finds():
    data = calendar(event(f"{ALL_TIME_PROPERTIES}\nRRULE:FREQ=WEEKLY"), event("DURATION:PT1H", uid="b"))
    assert read_safely(data, YEAR) == read(data, YEAR)


def test_a_file_that_is_no_calendar():
    with pytest.raises(UnreadableCalendarError, match="no calendar file"):
        read_safely(b"hello", YEAR)


def test_a_hundred_megabytes_are_refused_at_once():
    started = time.perf_counter()
    with pytest.raises(UnreadableCalendarError, match="too large"):
        read_safely(b"A" * 100_000_000, YEAR)
    assert time.perf_counter() - started < 1


HOSTILE = {
    "every hour for a thousand years": event(f"{LONG_AGO}RRULE:FREQ=HOURLY"),
    "a day that never comes": event(f"{LONG_AGO}RRULE:FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30"),
    "every second by another name": event(
        f"{LONG_AGO}RRULE:FREQ=DAILY;BYHOUR={{0}};BYMINUTE={{1}};BYSECOND={{1}}".format(
            ",".join(map(str, range(24))), ",".join(map(str, range(60)))
        )
    ),
    "a million dates": event(ALL_TIME_PROPERTIES + "\nRDATE:20261001T100000Z" * 150_000),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_ended_soon(name):
    data = calendar(HOSTILE[name])
    before = sum(os.times()[2:4])
    with pytest.raises(UnreadableCalendarError) as refused:
        read_safely(data, YEAR)
    assert str(refused.value) == reader.TOO_MUCH
    assert sum(os.times()[2:4]) - before < 2  # processor seconds: other tests run beside this one


@pytest.mark.slow
@pytest.mark.parametrize(
    "data",
    [
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:x" + b"\r\n x" * 1_000_000,
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART" + b" " * 4_000_000 + b"\r\nEND:VEVENT\r\nEND:VCALENDAR",
        b"BEGIN:X\r\n" * 500_000,
        b"BEGIN:VCALENDAR" + b"\r\n" * 2_000_000,
        calendar(event(f"{LONG_AGO}RRULE:FREQ=SECONDLY")),
        calendar(event("DTSTART:20261001T100000Z\nDURATION:P" + "9" * 40_000 + "D")),
    ],
    ids=["folds", "spaces", "depth", "line ends", "seconds", "digits"],
)
def test_hostile_files_that_need_no_ending(data):
    before = sum(os.times()[2:4])
    assert outcome(data) not in {reader.TOO_MUCH, "something"}
    assert sum(os.times()[2:4]) - before < 2


def test_the_reader_gets_none_of_our_secrets(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "hush")
    assert "SECRET_KEY" not in sandbox._environment()


def test_a_reader_that_gets_no_processor(monkeypatch):
    def too_long(*_args, **_kwargs):
        raise subprocess.TimeoutExpired("python", 10)

    monkeypatch.setattr(subprocess, "run", too_long)
    with pytest.raises(UnreadableCalendarError, match="takes too long"):
        read_safely(calendar(event(ALL_TIME_PROPERTIES)), YEAR)
