from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.jobs.when import AnyOf, Daily, EachMidnight, Every, Hourly

RULES = [
    Every(15),
    Every(60),
    Hourly(),
    Hourly(35),
    Daily(1),
    Daily(3, 30),
    Daily(9, weekday=0),
    EachMidnight(),
    AnyOf((Hourly(), EachMidnight())),
]
ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Chatham", "Pacific/Apia", "Asia/Beirut"]
moments = st.datetimes(datetime(2011, 12, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


def at(text):
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("rule", "now", "last"),
    [
        (Every(15), "2026-11-20T10:00:14+00:00", "2026-11-20T10:00:00+00:00"),
        (Every(15), "2026-11-20T10:00:15+00:00", "2026-11-20T10:00:15+00:00"),
        (Hourly(5), "2026-11-20T10:04:59+00:00", "2026-11-20T09:05:00+00:00"),
        (Hourly(5), "2026-11-20T10:05:00+00:00", "2026-11-20T10:05:00+00:00"),
        (Daily(3), "2026-11-20T02:59:00+00:00", "2026-11-19T03:00:00+00:00"),
        (Daily(9, weekday=0), "2026-11-20T10:00:00+00:00", "2026-11-16T09:00:00+00:00"),
        (Daily(9, weekday=0), "2026-11-16T08:59:59+00:00", "2026-11-09T09:00:00+00:00"),
        # New York begins its day at 05:00, Kathmandu at 18:15, Chatham at 10:15.
        (EachMidnight(), "2026-11-20T04:59:00+00:00", "2026-11-19T23:00:00+00:00"),
        (EachMidnight(), "2026-11-20T05:00:00+00:00", "2026-11-20T05:00:00+00:00"),
        (EachMidnight(), "2026-11-20T18:20:00+00:00", "2026-11-20T18:15:00+00:00"),
    ],
)
def test_the_last_time_due(rule, now, last):
    assert rule.last_due(at(now), ZONES) == at(last)


@given(moments, st.sampled_from(RULES))
def test_last_and_next_stand_on_either_side_of_now_with_nothing_between(now, rule):
    last, following = rule.last_due(now, ZONES), rule.next_due(now, ZONES)
    assert last <= now < following
    assert rule.last_due(following - timedelta(microseconds=1), ZONES) == last
    assert rule.last_due(following, ZONES) == following


def test_without_people_no_midnight_comes():
    assert EachMidnight().last_due(at("2026-11-20T00:00:00+00:00"), []) is None
    assert EachMidnight().next_due(at("2026-11-20T00:00:00+00:00"), []) is None
    assert AnyOf((EachMidnight(),)).last_due(at("2026-11-20T00:00:00+00:00"), []) is None


def test_each_says_itself_in_words():
    assert [rule.words() for rule in RULES] == [
        "every 15 s",
        "every minute",
        "hourly at :00",
        "hourly at :35",
        "daily at 01:00 UTC",
        "daily at 03:30 UTC",
        "Mondays at 09:00 UTC",
        "at each zone's midnight",
        "hourly at :00 and at each zone's midnight",
    ]
