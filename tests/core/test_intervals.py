from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core.intervals import (
    Interval,
    clip,
    clip_all,
    floor_minute,
    intersection,
    is_whole_minute,
    minutes,
    total_minutes,
    union,
)

ORIGIN = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)


def at(minute: int) -> datetime:
    return ORIGIN + timedelta(minutes=minute)


def span(start: int, length: int) -> Interval:
    return Interval(at(start), at(start + length))


spans = st.builds(span, st.integers(0, 60), st.integers(0, 25))
lists = st.lists(spans, max_size=8)


def counted(intervals: list[Interval]) -> set[int]:
    return {n for n in range(100) if any(i.start <= at(n) < i.end for i in intervals)}


@given(lists)
def test_union_holds_the_same_minutes_sorted_and_apart(intervals: list[Interval]) -> None:
    merged = union(intervals)
    assert counted(merged) == counted(intervals)
    assert total_minutes(merged) == len(counted(intervals))
    assert all(a.end < b.start for a, b in itertools.pairwise(merged))


@given(lists, lists)
def test_intersection_holds_the_minutes_of_both(left: list[Interval], right: list[Interval]) -> None:
    common = intersection(left, right)
    assert counted(common) == counted(left) & counted(right)
    assert total_minutes(common) == len(counted(left) & counted(right))
    assert common == intersection(right, left)


@given(lists, st.integers(0, 80), st.integers(0, 30))
def test_clipping_keeps_the_minutes_inside(intervals: list[Interval], start: int, length: int) -> None:
    inside = set(range(start, start + length))
    clipped = clip_all(intervals, at(start), at(start + length))
    assert total_minutes(clipped) == sum(len(counted([i]) & inside) for i in intervals)
    assert clipped == [c for i in intervals if (c := clip(i, at(start), at(start + length)))]


@given(lists)
def test_overlaps_count_each_time(intervals: list[Interval]) -> None:
    assert total_minutes(intervals) == sum(minutes(i) for i in intervals)


def test_an_upside_down_interval_has_no_minutes() -> None:
    assert minutes(span(10, -5)) == 0
    assert total_minutes([span(10, -5), span(0, 3)]) == 3
    assert union([span(10, -5)]) == []


@pytest.mark.parametrize(("second", "microsecond"), [(0, 0), (0, 1), (59, 999_999)])
def test_floor_minute(second: int, microsecond: int) -> None:
    instant = at(5).replace(second=second, microsecond=microsecond)
    assert floor_minute(instant) == at(5)
    assert is_whole_minute(instant) == (instant == at(5))
