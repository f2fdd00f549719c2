from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.exactness.reference import Reference
from tests.rest.dates import ago, days_off
from tests.rollups.lives import Life
from tests.rollups.plans import Plans, at, statements
from webapp.core.timezones import local_date
from webapp.rollups.models import DailyMetrics
from webapp.rollups.queries.weekly_xp import weekly_xp
from webapp.rollups.rebuild import drain

NOW = at("2026-11-18T10:30")
TODAY = date(2026, 11, 18)


@pytest.fixture
def plans(session, cast) -> Plans:
    return Plans(session, cast.student, "Europe/London")


@pytest.mark.parametrize("seed", range(6))
def test_it_equals_a_recount_whatever_happens(session, cast, seed) -> None:
    life = Life(session, cast.student, seed)
    for _ in range(40):
        life.step()
        life.session.flush()
        life.session.expire_all()
        today = local_date(life.now, life.plans.zone)
        reference = Reference(session, life.plans.user.id, life.plans.zone, life.now)
        found = weekly_xp(session, life.plans.viewer, life.now)
        first = today - timedelta(days=6)
        assert found.days == tuple((day, count.xp) for day, count in reference.range(first, today))
        assert found.streak == reference.streak("xp")
        assert found.total == reference.total("xp", first, today)
        assert found.valid_until > life.now


@pytest.mark.parametrize("stored", [False, True])
@pytest.mark.parametrize(
    ("days_ago", "length"),
    [((), 0), ((0,), 1), ((1,), 1), ((2,), 0), ((0, 1, 2), 3), ((1, 2, 4), 2), ((0, 2, 3), 1), (range(9), 9)],
)
def test_the_streak(session, plans, days_ago, length, stored) -> None:
    for days in days_ago:
        plans.award(5, NOW - timedelta(days=days))
    if stored:
        drain(session, NOW)
    assert weekly_xp(session, plans.viewer, NOW).streak == length


def test_what_was_taken_back_counts_no_more(session, plans) -> None:
    plans.award(10, NOW)
    drain(session, NOW)
    plans.award(-10, NOW)
    found = weekly_xp(session, plans.viewer, NOW)
    assert (found.total, found.streak) == (0, 0)


def test_the_average_is_a_seventh(session, plans) -> None:
    plans.award(10, NOW)
    found = weekly_xp(session, plans.viewer, NOW)
    assert (found.total, found.daily_average) == (10, 1.4286)
    assert found.valid_until == at("2026-11-19T00:00")


@pytest.mark.parametrize(("length", "asked"), [(6, 1), (7, 2), (66, 2), (67, 3), (500, 10)])
def test_long_streaks(session, plans, length, asked) -> None:
    for days in (*range(length), *range(length + 1, length + 50)):
        row = {"local_date": TODAY - timedelta(days=days), "xp": 5, "built_at": NOW}
        session.add(DailyMetrics(user_id=plans.user.id, day_ends_at=NOW, **row))
    session.flush()
    assert weekly_xp(session, plans.viewer, NOW).streak == length
    assert statements(session, lambda: weekly_xp(session, plans.viewer, NOW)) == asked


def test_rest_neither_breaks_nor_lengthens_the_streak(session, cast, plans) -> None:
    for days in (1, 2, 5, 6):
        plans.award(5, NOW - timedelta(days=days))
    assert weekly_xp(session, plans.viewer, NOW).streak == 2
    days_off(session, cast.student, ago(3), ago(4))
    assert weekly_xp(session, plans.viewer, NOW).streak == 4
    drain(session, NOW)
    assert weekly_xp(session, plans.viewer, NOW).streak == 4
