from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from webapp.insights.history import hours_of, span_of
from webapp.rollups.days import minute_of

MINUTE = timedelta(minutes=1)
# Instants near which clocks do something: by an hour, by half of one, at midnight, by a whole date.
CHANGES = [
    ("Europe/London", "2026-10-25T01:00"),
    ("Europe/London", "2026-03-29T01:00"),
    ("Australia/Lord_Howe", "2026-04-04T15:00"),
    ("Australia/Lord_Howe", "2026-10-03T15:30"),
    ("Africa/Cairo", "2026-04-23T22:00"),
    ("America/Havana", "2026-11-01T05:00"),
    ("America/Santiago", "2026-04-05T03:00"),
    ("Asia/Kathmandu", "1985-12-31T18:30"),
    ("Asia/Kolkata", "2026-01-01T00:00"),
    ("Pacific/Apia", "2011-12-30T10:00"),
    ("America/St_Johns", "2010-11-07T02:31"),
    ("Africa/Monrovia", "1972-01-07T00:44"),
]


@pytest.mark.parametrize(("zone", "change"), CHANGES)
def test_minutes_are_cut_where_the_clock_shows_another_hour(zone, change) -> None:
    middle = datetime.fromisoformat(change).replace(tzinfo=UTC)
    for before in (0, 1, 29, 59, 130):
        first = middle - before * MINUTE
        for length in (1, 30, 61, 240):
            minutes = [first + n * MINUTE for n in range(length)]
            by_hand = Counter(minute.astimezone(ZoneInfo(zone)).hour for minute in minutes)
            pieces = list(hours_of(minute_of(first), minute_of(first) + length, zone))
            found: Counter[int] = Counter()
            for hour, start, end in pieces:
                found[hour] += end - start
            assert found == by_hand
            assert [start for _, start, _ in pieces[1:]] == [end for _, _, end in pieces[:-1]]


@pytest.mark.parametrize("week_start", [0, 6])
def test_the_weeks_are_complete_and_the_running_one_is_apart(week_start) -> None:
    for day in (date(2026, 11, 16) + timedelta(days=n) for n in range(14)):
        span = span_of(day, week_start)
        assert len(span.weeks) == 12
        assert len(span.range) == 84
        assert all(len(week) == 7 and week.first.weekday() == week_start for week in span.weeks)
        assert span.running.first == span.range.last + timedelta(days=1)
        assert span.running.last == day
