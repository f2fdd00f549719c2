from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from webapp.core.timezones import (
    InvalidZoneError,
    NonexistentTimeError,
    day_bounds,
    day_start,
    is_zone,
    local_date,
    local_dates_touched,
    range_bounds,
    resolve_local,
    to_local,
    zone,
    zone_names,
    zones_whose_midnight_passed,
)

# Dates on which something happens to the clocks, with the zone in which it does.
ODD_DAYS = [
    ("Europe/London", date(2026, 3, 29)),
    ("Europe/London", date(2026, 10, 25)),
    ("Africa/Cairo", date(2026, 4, 24)),
    ("Africa/Cairo", date(2026, 10, 30)),
    ("Asia/Beirut", date(2026, 3, 29)),
    ("Asia/Beirut", date(2026, 10, 25)),
    ("America/Santiago", date(2026, 4, 5)),
    ("America/Santiago", date(2026, 9, 6)),
    ("America/Havana", date(2026, 3, 8)),
    ("America/Havana", date(2026, 11, 1)),
    ("America/Nuuk", date(2026, 3, 29)),
    ("America/Nuuk", date(2026, 10, 25)),
    ("Atlantic/Azores", date(2026, 3, 29)),
    ("Atlantic/Azores", date(2026, 10, 25)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Antarctica/Troll", date(2026, 3, 29)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Pacific/Kwajalein", date(1993, 8, 21)),
    ("America/St_Johns", date(2010, 11, 7)),
    ("America/St_Johns", date(2010, 3, 14)),
    ("Asia/Kathmandu", date(2026, 5, 5)),
    ("UTC", date(2026, 1, 1)),
]

near_odd_days = st.builds(
    lambda odd, offset: (odd[0], odd[1] + timedelta(days=offset)),
    st.sampled_from(ODD_DAYS),
    st.integers(-2, 2),
)


def first_instant_by_counting(name: str, day: date) -> datetime:
    """Walk minute by minute until the wall clock has reached the date."""
    tz = zone(name)
    instant = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=40)
    while instant.astimezone(tz).date() < day:
        instant += timedelta(minutes=1)
    return instant


@pytest.mark.parametrize(("name", "odd"), ODD_DAYS)
def test_days_begin_where_counting_minutes_says(name: str, odd: date) -> None:
    for offset in range(-1, 3):
        day = odd + timedelta(days=offset)
        assert day_start(name, day) == first_instant_by_counting(name, day)


@given(st.sampled_from(zone_names()), st.dates(date(1972, 1, 1), date(2037, 12, 31)))
def test_every_day_of_every_zone_follows_on_the_one_before(name: str, day: date) -> None:
    start, end = day_bounds(name, day)
    assert start <= end == day_bounds(name, day + timedelta(days=1))[0]
    assert end - start <= timedelta(hours=48)
    assert start.tzinfo is UTC


@pytest.mark.parametrize(
    ("name", "day", "hours"),
    [
        ("Europe/London", date(2026, 3, 29), 23),
        ("Europe/London", date(2026, 10, 25), 25),
        ("Africa/Cairo", date(2026, 4, 24), 23),
        ("Asia/Beirut", date(2026, 3, 29), 23),
        ("America/Santiago", date(2026, 9, 6), 23),
        ("America/Havana", date(2026, 11, 1), 25),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("Pacific/Apia", date(2011, 12, 30), 0),
        ("Pacific/Apia", date(2011, 12, 29), 24),
        ("Antarctica/Troll", date(2026, 3, 29), 22),
        ("UTC", date(2026, 3, 29), 24),
    ],
)
def test_a_day_lasts_as_long_as_the_zone_says(name: str, day: date, hours: float) -> None:
    start, end = day_bounds(name, day)
    assert end - start == timedelta(hours=hours)


def test_a_midnight_that_happens_twice_counts_from_the_first() -> None:
    start, _ = day_bounds("America/Havana", date(2026, 11, 1))
    assert to_local(start, "America/Havana").fold == 0
    assert start == datetime(2026, 11, 1, 4, tzinfo=UTC)


def test_a_midnight_that_does_not_exist_gives_way_to_the_end_of_the_gap() -> None:
    start, _ = day_bounds("Africa/Cairo", date(2026, 4, 24))
    assert to_local(start, "Africa/Cairo").strftime("%d %H:%M") == "24 01:00"


@given(near_odd_days, st.integers(-3000, 3000))
def test_local_date_is_the_day_that_holds_the_instant(odd: tuple[str, date], minute: int) -> None:
    name, day = odd
    instant = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute)
    start, end = day_bounds(name, local_date(instant, name))
    assert start <= instant < end


def test_the_second_evening_of_a_night_set_back_over_midnight_belongs_to_the_new_day() -> None:
    again_evening = day_start("America/St_Johns", date(2010, 11, 7)) + timedelta(minutes=30)
    assert to_local(again_evening, "America/St_Johns").date() == date(2010, 11, 6)
    assert local_date(again_evening, "America/St_Johns") == date(2010, 11, 7)


@given(near_odd_days, st.integers(-3000, 3000), st.integers(-10, 4000))
def test_dates_touched_are_those_with_minutes(odd: tuple[str, date], minute: int, length: int) -> None:
    name, day = odd
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute)
    end = start + timedelta(minutes=length)
    touched = sorted({local_date(start + timedelta(minutes=n), name) for n in range(length)})
    assert local_dates_touched(start, end, name) == touched


def test_a_skipped_date_is_never_touched() -> None:
    start, _ = day_bounds("Pacific/Apia", date(2011, 12, 29))
    _, end = day_bounds("Pacific/Apia", date(2011, 12, 31))
    assert local_dates_touched(start, end, "Pacific/Apia") == [date(2011, 12, 29), date(2011, 12, 31)]


@given(near_odd_days, st.integers(0, 1439), st.sampled_from([0, 1]))
def test_resolving_a_wall_time_gives_an_instant_that_shows_it(odd: tuple[str, date], minute: int, fold: int) -> None:
    name, day = odd
    wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)
    try:
        instant = resolve_local(wall, name, fold)
    except NonexistentTimeError:
        start, end = day_bounds(name, day)
        shown = {to_local(start + timedelta(minutes=n), name).replace(tzinfo=None, fold=0) for n in range(1600)}
        assert wall not in shown
        assume(start != end)
    else:
        assert to_local(instant, name).replace(tzinfo=None, fold=0) == wall


def test_fold_picks_the_occurrence() -> None:
    wall = datetime(2026, 10, 25, 1, 30)
    first = resolve_local(wall, "Europe/London")
    assert resolve_local(wall, "Europe/London", fold=1) - first == timedelta(hours=1)


def test_a_time_in_a_gap_is_refused_with_words() -> None:
    with pytest.raises(NonexistentTimeError, match="2026-03-29 01:30 does not exist in Europe/London"):
        resolve_local(datetime(2026, 3, 29, 1, 30), "Europe/London")


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd", "europe/london", "localtime", "A" * 500, "\0"])
def test_what_is_no_zone_is_refused(name: str) -> None:
    assert not is_zone(name)
    with pytest.raises(InvalidZoneError):
        zone(name)


def test_every_listed_zone_loads() -> None:
    assert len(zone_names()) > 400
    assert all(is_zone(name) and zone(name).key == name for name in zone_names())


def test_range_bounds_span_both_dates() -> None:
    start, end = range_bounds("Europe/London", date(2026, 3, 28), date(2026, 3, 30))
    assert end - start == timedelta(hours=71)


def test_zones_whose_midnight_passed() -> None:
    zones = ["Europe/London", "Asia/Tokyo", "America/New_York"]
    until = datetime(2026, 1, 10, 15, 0, tzinfo=UTC)
    assert zones_whose_midnight_passed(until - timedelta(hours=1), until, zones) == ["Asia/Tokyo"]
    assert zones_whose_midnight_passed(until, until + timedelta(hours=1), zones) == []
    assert zones_whose_midnight_passed(until - timedelta(days=1), until, zones) == zones
