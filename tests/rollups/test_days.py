from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.core.intervals import Interval, intersection, total_minutes, union
from webapp.core.timezones import day_bounds, local_date
from webapp.rollups.days import Day, LocalDays, RawRows, cut, day_figures, instant_of, merged, minute_of, shared_minutes
from webapp.rollups.types import Figures

if TYPE_CHECKING:
    from collections.abc import Iterator

# Zones, and a date near which their clocks do something.
PLACES = [
    ("Europe/London", date(2026, 3, 29)),
    ("Europe/London", date(2026, 10, 25)),
    ("Africa/Cairo", date(2026, 4, 24)),
    ("Asia/Beirut", date(2026, 3, 29)),
    ("America/Santiago", date(2026, 4, 5)),
    ("America/Santiago", date(2026, 9, 6)),
    ("America/Havana", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("America/St_Johns", date(2010, 11, 7)),
    ("Asia/Kathmandu", date(2026, 6, 1)),
]
LENGTH = 4 * 1440

places = st.sampled_from(PLACES)
starts = st.integers(0, LENGTH)
keys = st.sampled_from(["", "a", "b"])
slots = st.lists(st.tuples(starts, st.integers(1, 1440), st.integers(0, 1), keys), max_size=5)
windows = st.lists(st.tuples(starts, st.integers(1, 1440)), max_size=4)
events = st.lists(st.tuples(starts, keys), max_size=5)
awards = st.lists(st.tuples(starts, st.integers(-20, 20)), max_size=5)
instants = st.lists(starts, max_size=4)


def origin_of(place: tuple[str, date]) -> int:
    return minute_of(day_bounds(*place)[0]) - 2 * 1440


def by_counting(zone: str, rows: RawRows, now: int) -> dict[date, tuple[Figures, dict[str, list[int]]]]:
    """Count every minute of every row on its own."""
    days: dict[date, Counter] = {}
    for minute, name, by in (*counted_slots(rows, now), *counted_events(rows)):
        days.setdefault(date_of(zone, minute), Counter())[name] += by
    names = ("scheduled", "studied", "passed", "focus", "available", "completed", "xp", "lessons", "attempts")
    parts = ("scheduled", "studied", "passed", "focus", "completed")
    return {
        day: (
            Figures(*(counts[name] for name in names)),
            {
                key: [counts[name, key] for name in parts]
                for key in {name[1] for name in counts if isinstance(name, tuple)}
            },
        )
        for day, counts in days.items()
    }


@cache
def date_of(zone: str, minute: int) -> date:
    return local_date(instant_of(minute), zone)


def counted_slots(rows: RawRows, now: int) -> Iterator[tuple[int, object, int]]:
    free = {minute for start, end in rows.windows for minute in range(start, end)}
    planned = set()
    for start, end, missed, key in rows.slots:
        for minute in range(start, end):
            passed = minute < now
            counts = {"scheduled": 1, "passed": passed, "studied": passed and not missed}
            for name, by in counts.items():
                yield from ((minute, name, by), (minute, (name, key), by))
            planned |= {(minute, "focus"), (minute, ("focus", key))}
    yield from ((minute, "available", 1) for minute in free)
    yield from ((minute, name, 1) for minute, name in planned if minute in free)


def counted_events(rows: RawRows) -> Iterator[tuple[int, object, int]]:
    for minute, key in rows.completions:
        yield from ((minute, "completed", 1), (minute, ("completed", key), 1))
    yield from ((minute, "xp", amount) for minute, amount in rows.awards)
    yield from ((minute, "lessons", 1) for minute in rows.lessons)
    yield from ((minute, "attempts", 1) for minute in rows.attempts)


@settings(max_examples=60, deadline=None)
@given(places, slots, windows, events, awards, instants, instants, st.integers(-10, LENGTH + 1500))
def test_figures_are_what_counting_minutes_gives(place, slots, windows, events, awards, lessons, attempts, now) -> None:
    origin = origin_of(place)
    rows = RawRows(
        [(origin + start, origin + start + length, missed, key) for start, length, missed, key in slots],
        [(origin + start, origin + start + length) for start, length in windows],
        [(origin + start, key) for start, key in events],
        [(origin + start, amount) for start, amount in awards],
        [origin + start for start in lessons],
        [origin + start for start in attempts],
    )
    found = {
        date.fromordinal(number): day_figures(day, origin + now)
        for number, day in cut(LocalDays(place[0]), rows).items()
    }
    expected = by_counting(place[0], rows, origin + now)
    assert {day: result for day, result in found.items() if any(result[0]) or result[1]} == {
        day: result for day, result in expected.items() if any(result[0]) or result[1]
    }


@given(places, st.integers(-1440, LENGTH))
def test_the_day_that_holds_a_minute(place, offset) -> None:
    minute = origin_of(place) + offset
    days = LocalDays(place[0])
    day = days.holding(minute)
    assert date.fromordinal(day) == local_date(instant_of(minute), place[0])
    assert days.start(day) <= minute < days.start(day + 1)


@given(places, st.integers(0, LENGTH), st.integers(-5, 3000))
def test_parts_put_together_are_the_whole(place, offset, length) -> None:
    start = origin_of(place) + offset
    parts = LocalDays(place[0]).parts(start, start + length)
    assert sum(until - begin for _, begin, until in parts) == max(0, length)
    assert [part[1] for part in parts[1:]] == [part[2] for part in parts[:-1]]
    assert all(begin < until for _, begin, until in parts)


def test_a_skipped_date_holds_nothing() -> None:
    start, end = day_bounds("Pacific/Apia", date(2011, 12, 29))[0], day_bounds("Pacific/Apia", date(2011, 12, 31))[1]
    rows = RawRows(slots=[(minute_of(start), minute_of(end), 0, "")])
    found = cut(LocalDays("Pacific/Apia"), rows)
    assert [date.fromordinal(day).day for day in found] == [29, 31]
    assert [day_figures(day, 0)[0].scheduled_minutes for day in found.values()] == [1440, 1440]


@given(slots, windows)
def test_shared_minutes_are_those_of_the_intersection(slots, windows) -> None:
    first = [(start, start + length, 0, "") for start, length, *_ in slots]
    second = [(start, start + length) for start, length in windows]
    expected = intersection(
        [Interval(instant_of(start), instant_of(end)) for start, end, *_ in first],
        [Interval(instant_of(start), instant_of(end)) for start, end in second],
    )
    assert shared_minutes(first, merged(second)) == total_minutes(expected)
    joined = union(Interval(instant_of(start), instant_of(end)) for start, end in second)
    assert [(instant_of(start), instant_of(end)) for start, end in merged(second)] == [tuple(each) for each in joined]


def test_seconds_of_now_do_not_matter() -> None:
    day = Day(slots=[(100, 160, 0, "")])
    now = datetime.fromisoformat("1970-01-01T02:00:59.999999+00:00")
    assert day_figures(day, minute_of(now))[0].studied_minutes == 20


@pytest.mark.parametrize(("now", "studied", "passed"), [(99, 0, 0), (100, 0, 1), (130, 30, 61), (160, 60, 120)])
def test_missed_minutes_pass_but_are_not_studied(now: int, studied: int, passed: int) -> None:
    day = Day(slots=[(99, 159, 1, "a"), (100, 160, 0, "a")])
    figures, categories = day_figures(day, now)
    assert (figures.scheduled_minutes, figures.studied_minutes, figures.passed_minutes) == (120, studied, passed)
    assert categories == {"a": [120, studied, passed, 0, 0]}


def test_a_slot_through_a_day_of_25_hours() -> None:
    start = day_bounds("Europe/London", date(2026, 10, 25))[0] - timedelta(hours=1)
    rows = RawRows(slots=[(minute_of(start), minute_of(start) + 1440, 0, "")])
    found = cut(LocalDays("Europe/London"), rows)
    assert [day_figures(day, 0)[0].scheduled_minutes for day in found.values()] == [60, 23 * 60]
