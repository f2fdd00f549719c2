from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from dateutil.tz import tzical
from hypothesis import given
from hypothesis import strategies as st

from webapp.core import timezones
from webapp.planner.calendar.feed import calendar_file, fingerprint, zone_rules
from webapp.planner.calendar.findings import Window
from webapp.planner.calendar.reading import read
from webapp.planner.calendar.types import FeedSlot

FIRST, LAST = date(2026, 3, 1), date(2027, 5, 31)
ZONES = [
    *("Europe/Berlin", "Europe/London", "Europe/Dublin", "America/New_York", "America/Santiago", "Africa/Cairo"),
    *("Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca", "Pacific/Apia", "UTC", "Asia/Beirut"),
]


def slot(start: datetime, minutes: int = 60, title: str = "Maths") -> FeedSlot:
    return FeedSlot(uuid.uuid4(), title, start, start + timedelta(minutes=minutes), datetime(2026, 1, 1, tzinfo=UTC))


def read_back(zone: str, slots: list[FeedSlot]) -> list[tuple[datetime, datetime]]:
    found = read(calendar_file(zone, slots, FIRST, LAST), Window("UTC", date(2026, 5, 30), LAST))
    assert found.refusals == ()
    return [(o.starts_at, o.ends_at) for o in found.occurrences]


@pytest.mark.parametrize("zone", ZONES)
def test_reading_back_gives_the_same_instants_across_every_change_of_the_clocks(zone):
    hours = [datetime(2026, 6, 1, tzinfo=UTC) + timedelta(hours=h) for h in range(0, 24 * 360, 13)]
    around = [
        change + timedelta(minutes=m)
        for change in (datetime(2026, 10, 25, 1, tzinfo=UTC), datetime(2027, 3, 28, 1, tzinfo=UTC))
        for m in range(-150, 151, 30)
    ]
    slots = [slot(instant) for instant in sorted({*hours, *around})]
    assert read_back(zone, slots) == [(s.starts_at, s.ends_at) for s in slots]


@pytest.mark.parametrize("zone", ZONES)
def test_the_rules_alone_say_what_our_zone_database_says(zone, tmp_path):
    path = tmp_path / "zone.ics"
    path.write_bytes(zone_rules(zone, FIRST.year, LAST.year).to_ical())
    known = tzical(str(path)).get(zone)
    for hour in range(0, 24 * 450, 1):
        instant = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=hour, minutes=30)
        wall = timezones.to_local(instant, zone)
        if not wall.fold:
            assert wall.replace(tzinfo=known).utcoffset() == wall.utcoffset(), wall


@given(st.integers(0, 60 * 24 * 300), st.integers(1, 1440), st.sampled_from(ZONES))
def test_any_slot_comes_back(offset, minutes, zone):
    one = slot(datetime(2026, 6, 1, tzinfo=UTC) + timedelta(minutes=offset), minutes)
    assert read_back(zone, [one]) == [(one.starts_at, one.ends_at)]


def test_a_time_that_happens_twice_is_told_apart():
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    text = calendar_file("Europe/Berlin", [slot(first, 30), slot(second, 30)], FIRST, LAST).decode()
    assert "DTSTART;TZID=Europe/Berlin:20261025T023000" in text
    assert "DTSTART:20261025T013000Z" in text


TITLES = ["a, b; c\\d", "two\nlines", "é" * 150, "DTSTART:1", "“quotes” \"'", "x" * 200, "\r\nX:1"]


@pytest.mark.parametrize("title", TITLES)
def test_titles_are_escaped_and_folded(title):
    text = calendar_file("Europe/Berlin", [slot(datetime(2026, 6, 1, 9, tzinfo=UTC), title=title)], FIRST, LAST)
    assert all(len(line) <= 75 for line in text.split(b"\r\n"))
    assert b"\n" not in text.replace(b"\r\n", b"")
    found = read(text, Window("UTC", date(2026, 6, 1), date(2026, 6, 1))).occurrences
    assert [o.title for o in found] == [" ".join(title.split())]


def test_the_fingerprint_follows_what_is_shown():
    slots = [slot(datetime(2026, 6, 1, 9, tzinfo=UTC))]
    tag = fingerprint("Europe/Berlin", slots, FIRST, LAST)
    assert tag == fingerprint("Europe/Berlin", list(slots), FIRST, LAST)
    assert tag != fingerprint("Europe/London", slots, FIRST, LAST)
    assert tag != fingerprint("Europe/Berlin", [], FIRST, LAST)
    assert tag != fingerprint("Europe/Berlin", slots, date(2025, 12, 31), LAST)
