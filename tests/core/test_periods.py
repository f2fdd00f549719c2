from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core.periods import (
    DateRange,
    InvalidPeriodError,
    format_week,
    is_preset,
    month_of,
    parse_week,
    preset,
    quarter_of,
    week_of,
    year_of,
)

TODAY = date(2026, 11, 20)  # a Friday
days = st.dates(date(1971, 1, 10), date(2198, 12, 20))


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("1d", TODAY, TODAY),
        ("7d", date(2026, 11, 14), TODAY),
        ("28d", date(2026, 10, 24), TODAY),
        ("30d", date(2026, 10, 22), TODAY),
        ("366d", date(2025, 11, 20), TODAY),
        ("today", TODAY, TODAY),
        ("daily", TODAY, TODAY),
        ("yesterday", date(2026, 11, 19), date(2026, 11, 19)),
        ("this-week", date(2026, 11, 16), date(2026, 11, 22)),
        ("weekly", date(2026, 11, 16), date(2026, 11, 22)),
        ("last-week", date(2026, 11, 9), date(2026, 11, 15)),
        ("month", date(2026, 11, 1), date(2026, 11, 30)),
        ("monthly", date(2026, 11, 1), date(2026, 11, 30)),
        ("quarter", date(2026, 10, 1), date(2026, 12, 31)),
        ("year", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_presets(name: str, first: date, last: date) -> None:
    assert is_preset(name)
    assert preset(name, TODAY) == DateRange(first, last)


@pytest.mark.parametrize("name", ["", "0d", "367d", "07d", "d", "7D", "\u0667d", "7d\n", "fortnight", "-1d"])
def test_unknown_presets_are_refused_with_words(name: str) -> None:
    assert not is_preset(name)
    with pytest.raises(InvalidPeriodError, match=r"not a known period|at most 366"):
        preset(name, TODAY)


def test_weeks_begin_where_the_school_says() -> None:
    assert week_of(TODAY, 6) == DateRange(date(2026, 11, 15), date(2026, 11, 21))
    assert preset("weekly", TODAY, 6) == week_of(TODAY, 6)


@given(days, st.integers(0, 6))
def test_a_week_has_seven_days_from_its_first_weekday(day: date, week_start: int) -> None:
    week = week_of(day, week_start)
    assert day in week
    assert len(week) == 7
    assert week.first.weekday() == week_start


@given(days, st.integers(0, 6))
def test_week_texts_read_back(day: date, week_start: int) -> None:
    assert parse_week(format_week(day, week_start), week_start) == week_of(day, week_start)


def test_a_week_text_is_the_iso_week() -> None:
    assert format_week(date(2027, 1, 1)) == "2026-W53"
    assert parse_week("2026-W47") == DateRange(date(2026, 11, 16), date(2026, 11, 22))


@pytest.mark.parametrize(
    "text", ["", "2026-W00", "2026-W54", "2025-W53", "2026W47", "2026-W4", "0000-W01", "9999-W52", "1969-W10"]
)
def test_what_is_no_week_is_refused(text: str) -> None:
    with pytest.raises(InvalidPeriodError):
        parse_week(text)


@given(days)
def test_calendar_periods_hold_the_day_and_meet(day: date) -> None:
    for period in (month_of, quarter_of, year_of):
        found = period(day)
        assert day in found
        assert found.first.day == 1
        assert period(found.last + timedelta(days=1)).first == found.last + timedelta(days=1)


@given(days, st.integers(1, 366))
def test_the_period_before_is_as_long_and_ends_the_day_before(day: date, length: int) -> None:
    period = preset(f"{length}d", day)
    before = period.previous()
    assert len(before) == len(period) == length
    assert before.last + timedelta(days=1) == period.first
    assert before.following() == period
    assert list(period.with_previous()) == [*before, *period]
    assert next(iter(period)) == period.first
    assert list(period)[-1] == period.last


def test_the_earliest_range_has_a_period_before() -> None:
    assert DateRange(date(1970, 1, 1), date(1970, 1, 7)).previous().last == date(1969, 12, 31)


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (TODAY, TODAY - timedelta(days=1), "must not be before"),
        (TODAY, TODAY + timedelta(days=366), "at most 366 days; this one has 367"),
        (date(1969, 12, 31), date(1970, 1, 1), "between 1970-01-01 and 2199-12-31"),
        (date.max, date.max, "between"),
        (date.min, date.min, "between"),
    ],
)
def test_what_is_no_range_is_refused_with_words(first: date, last: date, words: str) -> None:
    with pytest.raises(InvalidPeriodError, match=words):
        DateRange(first, last)


def test_membership_is_for_dates_only() -> None:
    assert "2026-11-20" not in DateRange(TODAY, TODAY)
