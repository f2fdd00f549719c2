"""When a report is due, in zones with and without clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from webapp.core.timezones import to_local
from webapp.db.base import new_id
from webapp.reports.times import due_at, monday_of, next_due, open_monday, opens_at

ZONES = ("Europe/Berlin", "America/New_York", "Pacific/Kiritimati", "Asia/Kathmandu", "Africa/Cairo", "Pacific/Apia")


@pytest.mark.parametrize("zone", ZONES)
def test_each_person_has_their_own_time_in_half_an_hour_all_year(zone):
    people = [new_id() for _ in range(40)]
    for week in range(53):
        monday = date(2026, 1, 5) + timedelta(weeks=week)
        times = [to_local(due_at(zone, monday, person), zone) for person in people]
        assert all(time.date() == monday and time.hour == 9 and time.minute < 30 for time in times)
        again = [to_local(due_at(zone, monday, person), zone).time() for person in people]
        assert again == [time.time() for time in times]
        assert len(set(times)) > 30, "they are spread"


def test_the_time_of_a_person_is_the_same_each_week():
    person = new_id()
    first, other = (due_at("UTC", date(2026, 11, day), person) for day in (2, 9))
    assert other - first == timedelta(days=7)


@pytest.mark.parametrize(
    ("local", "is_open"),
    [
        ("2026-11-02T08:59", False),
        ("2026-11-02T09:00", True),
        ("2026-11-02T18:59", True),
        ("2026-11-02T19:00", False),
        ("2026-11-03T08:59", False),
        ("2026-11-03T18:59", True),
        ("2026-11-04T09:00", False),
        ("2026-11-08T12:00", False),
    ],
)
def test_what_was_missed_is_made_up_for_by_day_until_tuesday(local, is_open):
    now = datetime.fromisoformat(local).replace(tzinfo=UTC)
    assert open_monday("UTC", now) == (date(2026, 11, 2) if is_open else None)


def test_the_next_one_comes_after_now():
    person = new_id()
    at = due_at("Europe/Berlin", date(2026, 11, 2), person)
    assert next_due("Europe/Berlin", at - timedelta(seconds=1), person) == at
    assert next_due("Europe/Berlin", at, person) == at + timedelta(days=7)


def test_a_date_that_a_zone_skipped_has_a_time_nevertheless():
    assert opens_at("Pacific/Apia", date(2011, 12, 30)) > opens_at("Pacific/Apia", date(2011, 12, 29))
    assert monday_of(date(2026, 11, 1)) == date(2026, 10, 26)
