from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.rollups.plans import Plans, at, statements
from webapp.core.periods import DateRange
from webapp.rollups.models import DailyMetrics
from webapp.rollups.queries import range_figures
from webapp.rollups.rebuild import drain

NOW = at("2026-11-18T10:30")
TODAY = date(2026, 11, 18)
ONE_DAY = DateRange(TODAY, TODAY)
WEEK = DateRange(date(2026, 11, 12), TODAY)


@pytest.fixture
def plans(session, cast) -> Plans:
    return Plans(session, cast.student, "Europe/London")


def complete_on(plans: Plans, *days_ago: int) -> None:
    for days in days_ago:
        plans.complete(plans.task(), NOW - timedelta(days=days), xp=0)


def streak(session, plans, dates=ONE_DAY) -> int | None:
    return range_figures(session, plans.viewer, dates, NOW, streak=True).streak


@pytest.mark.parametrize("stored", [False, True])
@pytest.mark.parametrize(
    ("days_ago", "length"),
    [((), 0), ((0,), 1), ((1,), 1), ((2,), 0), ((0, 1, 2), 3), ((1, 2, 4), 2), ((0, 2, 3), 1), ((-1, 0), 1)],
)
def test_streak(session, plans, days_ago, length, stored) -> None:
    complete_on(plans, *days_ago)
    if stored:
        drain(session, NOW)
    assert streak(session, plans) == length


def test_it_does_not_depend_on_the_range(session, plans) -> None:
    complete_on(plans, 0, 1, 2, 3)
    drain(session, NOW)
    long_ago = DateRange(date(2025, 1, 1), date(2025, 1, 7))
    assert streak(session, plans, long_ago) == 4


@pytest.mark.parametrize("length", [6, 7, 8, 66, 67, 68, 500])
def test_long_streaks(session, plans, length) -> None:
    for days in (*range(length), *range(length + 1, length + 50)):
        row = {"local_date": TODAY - timedelta(days=days), "completed_tasks_count": 1, "built_at": NOW}
        session.add(DailyMetrics(user_id=plans.user.id, day_ends_at=NOW, **row))
    session.flush()
    assert streak(session, plans) == length
    assert statements(session, lambda: streak(session, plans, WEEK)) == 1 + (max(0, length - 7) + 60) // 60 * (
        length >= 7
    )


def test_a_marked_day_in_the_middle_is_looked_at(session, plans) -> None:
    complete_on(plans, 0, 1, 3)
    middle = plans.task()
    plans.complete(middle, NOW - timedelta(days=2), xp=0)
    drain(session, NOW)
    assert streak(session, plans) == 4
    plans.reopen(middle)
    assert streak(session, plans) == 2
    drain(session, NOW)
    assert streak(session, plans) == 2
