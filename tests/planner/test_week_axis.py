"""The axis of a week: every instant of it has one place, and places follow time, whatever the clocks do."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core import timezones
from webapp.planner.week_axis import DAYS, HOUR, MINUTE, week_axis

USUAL_ROWS = [f"{hour:02}:00" for hour in range(24)]
TRICKY = [
    ("Europe/Berlin", date(2026, 3, 23)),  # a day of 23 hours
    ("Europe/Berlin", date(2026, 10, 19)),  # a day of 25 hours
    ("Australia/Lord_Howe", date(2026, 3, 30)),  # half an hour back
    ("Australia/Lord_Howe", date(2026, 9, 28)),  # half an hour forward
    ("Africa/Cairo", date(2026, 4, 20)),  # midnight does not exist
    ("America/Santiago", date(2026, 3, 30)),  # back over midnight
    ("America/Havana", date(2026, 10, 26)),  # midnight twice
    ("America/St_Johns", date(2010, 11, 1)),  # a minute after midnight, back to the day before
    ("Antarctica/Troll", date(2026, 10, 19)),  # two hours back
    ("Pacific/Apia", date(2011, 12, 26)),  # a date that was skipped
    ("Africa/Monrovia", date(1972, 1, 3)),  # 44 and a half minutes
    ("America/Caracas", date(2016, 4, 25)),  # half an hour, in the night
]


def rows_of(axis) -> list[str]:
    return [row.label + ("*" if row.again else "") for row in axis.rows]


def test_an_ordinary_week_has_24_rows_and_seven_whole_days():
    axis = week_axis("Europe/Berlin", date(2026, 11, 16))
    assert rows_of(axis) == USUAL_ROWS
    assert axis.is_regular
    assert [len(day.runs) for day in axis.days] == [1] * DAYS
    assert not any(day.gaps or day.note for day in axis.days)
    assert axis.days[2].position(axis.days[2].start + timedelta(hours=16, minutes=7)) == 16 * 60 + 7


def test_an_hour_that_comes_twice_has_a_row_of_its_own():
    axis = week_axis("Europe/Berlin", date(2026, 10, 19))
    assert rows_of(axis) == [*USUAL_ROWS[:3], "02:00*", *USUAL_ROWS[3:]]
    *others, sunday = axis.days
    assert sunday.note == "25 h day"
    assert not sunday.gaps
    assert {(gap.position, gap.minutes, gap.text) for day in others for gap in day.gaps} == {(180, 60, "")}


def test_four_in_the_afternoon_stands_at_one_height_all_week():
    axis = week_axis("Europe/Berlin", date(2026, 10, 19))
    afternoons = [timezones.resolve_local(_at(day.date, 16), axis.zone) for day in axis.days]
    assert {day.position(instant) for day, instant in zip(axis.days, afternoons, strict=True)} == {17 * 60}


def test_an_hour_that_is_skipped_is_a_gap_that_says_so():
    axis = week_axis("Europe/Berlin", date(2026, 3, 23))
    assert rows_of(axis) == USUAL_ROWS
    sunday = axis.days[-1]
    assert sunday.note == "23 h day"
    assert [(g.position, g.minutes) for g in sunday.gaps] == [(120, 60)]
    assert sunday.gaps[0].text == "02:00–03:00 skipped: the clocks go forward."


def test_what_ends_when_the_clocks_jump_stops_before_the_gap():
    sunday = week_axis("Europe/Berlin", date(2026, 3, 23)).days[-1]
    jump = sunday.start + timedelta(hours=2)
    assert sunday.position(jump) == 180
    assert sunday.position_of_end(jump) == 120


def test_a_skipped_date_is_one_gap():
    axis = week_axis("Pacific/Apia", date(2011, 12, 26))
    skipped = axis.days[4]
    assert skipped.date == date(2011, 12, 30)
    assert skipped.note == "no such day"
    assert [(gap.minutes, gap.text) for gap in skipped.gaps] == [(1440, "The clocks skipped this date.")]


def test_half_an_hour_back_makes_half_a_row():
    sunday = week_axis("Australia/Lord_Howe", date(2026, 3, 30)).days[-1]
    assert sunday.note == "24 h 30 day"
    assert [(gap.position, gap.minutes, gap.text) for gap in sunday.gaps] == [(120, 30, "")]


@pytest.mark.parametrize(("zone", "first"), TRICKY)
def test_every_minute_has_one_place_and_places_follow_time(zone, first):
    for day in week_axis(zone, first).days:
        length = (day.end - day.start) // MINUTE
        places = [day.position(day.start + n * MINUTE) for n in range(length)]
        assert places == sorted(set(places))
        assert [day.instant(place) for place in places] == [day.start + n * MINUTE for n in range(length)]


@pytest.mark.parametrize(("zone", "first"), TRICKY)
def test_runs_and_gaps_together_fill_the_axis(zone, first):
    axis = week_axis(zone, first)
    for day in axis.days:
        pieces = sorted([(run.position, run.minutes) for run in day.runs] + [(g.position, g.minutes) for g in day.gaps])
        position = 0
        for begin, minutes in pieces:
            assert begin == position
            position += minutes
        assert position == len(axis.rows) * HOUR


@pytest.mark.parametrize(("zone", "first"), TRICKY)
def test_the_pieces_of_a_row_fill_it_and_follow_the_clock(zone, first):
    axis = week_axis(zone, first)
    for day in axis.days:
        for row in range(len(axis.rows)):
            pieces = list(day.pieces(row))
            assert sum(piece.minutes for piece in pieces) == HOUR
            position = row * HOUR
            for piece in pieces:
                assert day.instant(position) == piece.start
                position += piece.minutes


@given(
    zone=st.sampled_from(["Europe/London", "America/New_York", "Asia/Kolkata", "Africa/Cairo", "Pacific/Chatham"]),
    first=st.dates(date(2000, 1, 1), date(2035, 1, 1)),
    minute=st.integers(0, 7 * 1440 - 1),
)
def test_the_row_of_an_instant_is_the_hour_that_the_clock_shows(zone, first, minute):
    axis = week_axis(zone, first)
    instant = min(axis.start + minute * MINUTE, axis.end - MINUTE)
    day = next(day for day in axis.days if day.start <= instant < day.end)
    row, rest = divmod(day.position(instant), HOUR)
    assert f"{timezones.to_local(instant, zone):%H:%M}" == f"{axis.rows[row].label[:2]}:{rest:02}"


def test_instants_outside_go_to_the_nearest_edge():
    monday = week_axis("Europe/Berlin", date(2026, 11, 16)).days[0]
    assert monday.position(monday.start - timedelta(hours=1)) == 0
    assert monday.position(monday.end + timedelta(hours=1)) == 1440
    assert monday.position_of_end(monday.end) == 1440
    assert monday.instant(1440) is None


def _at(day: date, hour: int):
    return datetime(day.year, day.month, day.day, hour)
