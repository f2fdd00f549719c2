from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, update

from tests.rollups.plans import Plans, at
from webapp.rollups.models import DailyCategoryMetrics, DailyMetrics
from webapp.rollups.rebuild import drain
from webapp.rollups.service import FIRST, next_people
from webapp.rollups.types import NO_CATEGORY_KEY
from webapp.rollups.verify import differences

NOW = at("2026-11-18T10:30")


@pytest.fixture
def plans(session, cast) -> Plans:
    made = Plans(session, cast.student)
    for day in (17, 18):
        made.slot(at(f"2026-11-{day}T10:00"), 60)
    drain(session, NOW)
    return made


def found(session, now=NOW) -> list[tuple]:
    session.flush()
    return [each[1:] for each in differences(session, next_people(session, FIRST, 100)[0], now)]


def test_what_is_right_differs_nowhere(session, plans) -> None:
    assert found(session) == []


def test_an_open_day_may_lag_in_what_moves_with_the_clock(session, plans) -> None:
    assert found(session, NOW + timedelta(minutes=20)) == []


@pytest.mark.parametrize(
    "field", ["scheduled_minutes", "focus_minutes", "completed_tasks_count", "xp", "lessons_completed", "quiz_attempts"]
)
def test_a_wrong_figure_is_found(session, plans, field) -> None:
    day = DailyMetrics.local_date == date(2026, 11, 17)
    right = 60 if field == "scheduled_minutes" else 0
    session.execute(update(DailyMetrics).where(day).values({field: 7}))
    assert found(session) == [(date(2026, 11, 17), None, field, 7, right)]


def test_a_closed_day_must_be_right_in_everything(session, plans) -> None:
    session.execute(update(DailyMetrics).values(studied_minutes=1))
    assert found(session) == [(date(2026, 11, 17), None, "studied_minutes", 1, 60)]


def test_a_wrong_category_is_found(session, plans) -> None:
    session.execute(update(DailyCategoryMetrics).values(scheduled_minutes=1))
    assert [each[1:] for each in found(session)] == [(NO_CATEGORY_KEY, "scheduled_minutes", 1, 60)] * 2


def test_a_missing_row_is_found(session, plans) -> None:
    session.execute(delete(DailyMetrics).where(DailyMetrics.local_date == date(2026, 11, 17)))
    assert (date(2026, 11, 17), None, "scheduled_minutes", 0, 60) in found(session)


def test_a_row_too_many_is_found(session, plans) -> None:
    session.add(DailyMetrics(user_id=plans.user.id, local_date=date(2026, 1, 1), day_ends_at=NOW, built_at=NOW, xp=3))
    assert (date(2026, 1, 1), None, "xp", 3, 0) in found(session)


def test_a_day_that_ends_at_the_wrong_moment_is_found(session, plans) -> None:
    session.execute(update(DailyMetrics).values(day_ends_at=NOW))
    assert {each[2] for each in found(session)} == {"day_ends_at"}


def test_marked_days_are_not_looked_at(session, plans) -> None:
    session.execute(update(DailyMetrics).values(scheduled_minutes=7))
    plans.mark(date(2026, 11, 17), date(2026, 11, 18))
    assert found(session) == []
