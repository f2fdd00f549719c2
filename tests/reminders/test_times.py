from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core.timezones import to_local
from webapp.reminders.models import ReminderKind
from webapp.reminders.times import (
    GRACE,
    WINDOW,
    Place,
    QuietHours,
    after_quiet,
    following,
    is_quiet,
    newest,
    quiet_begins,
    wait,
    wall_time,
)

DIGEST, WARNING = ReminderKind.WEEKLY_DIGEST, ReminderKind.GOAL_AT_RISK
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "America/Santiago",
    "Pacific/Apia",
    "Pacific/Kiritimati",
)


def at(text):
    return datetime.fromisoformat(text).astimezone(UTC)


def shown(place, instant):
    return to_local(instant, place.zone).strftime("%a %Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("zone", "week_start", "now", "local"),
    [
        ("Europe/Berlin", 0, "2026-11-18T10:00Z", "Mon 2026-11-23 07:00"),
        ("Europe/Berlin", 6, "2026-11-18T10:00Z", "Sun 2026-11-22 07:00"),
        ("Europe/Berlin", 0, "2026-11-16T05:59Z", "Mon 2026-11-16 07:00"),
        ("Europe/Berlin", 0, "2026-11-16T06:00Z", "Mon 2026-11-23 07:00"),
        ("America/New_York", 0, "2026-11-16T06:00Z", "Mon 2026-11-16 07:00"),
        ("Asia/Kathmandu", 0, "2026-11-16T01:14Z", "Mon 2026-11-16 07:00"),
        ("Pacific/Kiritimati", 0, "2026-11-15T16:59Z", "Mon 2026-11-16 07:00"),
        ("Europe/Berlin", 6, "2026-10-24T22:00Z", "Sun 2026-10-25 07:00"),
        ("Europe/Berlin", 6, "2026-03-28T23:30Z", "Sun 2026-03-29 07:00"),
    ],
)
def test_a_digest_comes_in_the_morning_of_the_weeks_first_day(zone, week_start, now, local):
    place = Place(zone, week_start)
    assert shown(place, following(DIGEST, place, at(now)).at) == local


@pytest.mark.parametrize(
    ("quiet", "local"),
    [
        (QuietHours(20 * 60, 7 * 60), "Mon 2026-11-23 07:00"),
        (QuietHours(20 * 60, 9 * 60 + 30), "Mon 2026-11-23 09:30"),
        (QuietHours(6 * 60, 8 * 60), "Mon 2026-11-23 08:00"),
        (QuietHours(6 * 60, 5 * 60), "Tue 2026-11-24 05:00"),
    ],
)
def test_it_waits_for_the_end_of_quiet_hours_and_stays_that_weeks(quiet, local):
    place = Place("Europe/Berlin", 0, quiet)
    found = following(DIGEST, place, at("2026-11-18T10:00Z"))
    assert (found.day, shown(place, found.at)) == (date(2026, 11, 23), local)


def test_warnings_come_daily_in_the_afternoon():
    place = Place("Europe/Berlin")
    assert shown(place, following(WARNING, place, at("2026-11-18T10:00Z")).at) == "Wed 2026-11-18 16:00"
    assert shown(place, following(WARNING, place, at("2026-11-18T15:00Z")).at) == "Thu 2026-11-19 16:00"


def test_a_time_that_the_clocks_skip_is_the_end_of_the_gap():
    assert wall_time("Europe/Berlin", date(2026, 3, 29), 150) == at("2026-03-29T01:00Z")
    assert wall_time("Pacific/Apia", date(2011, 12, 30), 420) == at("2011-12-30T10:00Z")


def test_what_was_missed_is_made_up_for_in_the_daytime_and_then_dropped():
    place = Place("Europe/Berlin")
    due = at("2026-11-23T06:00Z")
    assert wait(DIGEST, place, due) is None
    assert wait(DIGEST, place, due + timedelta(hours=12)) is None
    assert wait(DIGEST, place, due + timedelta(hours=13)) == due + timedelta(days=1)
    assert wait(DIGEST, place, due + timedelta(hours=30)) is None
    assert wait(DIGEST, place, due + timedelta(hours=37)) == due + timedelta(days=7)
    assert wait(WARNING, place, at("2026-11-18T19:00Z")) is None
    assert wait(WARNING, place, at("2026-11-18T19:01Z")) == at("2026-11-19T15:00Z")


minutes = st.integers(0, 1439)
places = st.builds(
    Place,
    st.sampled_from(ZONES),
    st.integers(0, 6),
    st.one_of(st.none(), st.builds(QuietHours, minutes, minutes).filter(lambda quiet: quiet.start != quiet.end)),
)
instants = st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


@given(st.sampled_from(ReminderKind), places, instants)
def test_the_newest_and_the_following_leave_nothing_between(kind, place, instant):
    before, after = newest(kind, place, instant), following(kind, place, instant)
    assert before.at <= instant < after.at
    assert following(kind, place, before.at) == after
    assert newest(kind, place, after.at) == after


@given(st.sampled_from(ReminderKind), places, instants)
def test_nothing_is_due_in_quiet_hours(kind, place, instant):
    assert not is_quiet(place, following(kind, place, instant).at)
    assert not is_quiet(place, after_quiet(place, instant))
    assert after_quiet(place, instant) >= instant
    if wait(kind, place, instant) is None:
        assert not is_quiet(place, instant)
        assert instant - newest(kind, place, instant).at <= GRACE[kind]
        assert (instant - newest(kind, place, instant).at) % timedelta(days=1) <= WINDOW[kind]
    else:
        assert wait(kind, place, instant) > instant


@given(places, instants)
def test_quiet_hours_begin_when_the_wall_clock_says_so(place, instant):
    begins = quiet_begins(place, instant)
    if place.quiet is None:
        assert begins is None
    else:
        assert begins > instant
        assert begins - instant <= timedelta(hours=50)
