from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import delete, func, select

from tests.rollups.lives import Life
from tests.rollups.plans import Plans, at, statements
from webapp.core.periods import DateRange
from webapp.rollups.models import DailyMetrics, DirtyDay
from webapp.rollups.queries import day_figures, range_figures
from webapp.rollups.rebuild import drain
from webapp.rollups.service import FIRST, close_days, next_people
from webapp.rollups.types import Figures
from webapp.rollups.verify import differences

NOW = at("2026-11-18T10:30")
WEEK = DateRange(date(2026, 11, 12), date(2026, 11, 18))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_figures_equal_a_recount_whatever_happens(session, cast, seed) -> None:
    life = Life(session, cast.student, seed)
    for _ in range(30):
        life.step()
        life.check()
    drain(session, life.now)
    assert list(differences(session, next_people(session, FIRST, 100)[0], life.now)) == []


@pytest.fixture
def plans(session, cast) -> Plans:
    """Return the plans of a student in London whose week is stored and clean."""
    made = Plans(session, cast.student, "Europe/London")
    task = made.task()
    for day in WEEK:
        made.slot(at(f"{day}T09:00"), 60, task, missed=day.weekday() == 0)
    made.window(at("2026-11-18T09:30"), 60)
    drain(session, NOW)
    return made


def ask(session, plans, dates=WEEK, now=NOW, **options):
    return range_figures(session, plans.viewer, dates, now, **options)


def test_a_stored_week(session, plans) -> None:
    found = ask(session, plans)
    assert found.totals == Figures(420, 360, 420, 30, 60)
    assert found.totals.follow_through == 0.8571
    assert found.totals.focus_time_utilization == 0.5
    assert found.as_of == NOW
    assert found.streak is None
    assert found.before == []


def test_a_row_that_says_otherwise_is_not_read_while_its_day_is_marked(session, plans) -> None:
    row = session.get(DailyMetrics, (plans.user.id, date(2026, 11, 13)))
    row.scheduled_minutes = 999
    session.flush()
    assert ask(session, plans).totals.scheduled_minutes == 420 - 60 + 999
    plans.mark(row.local_date)
    assert ask(session, plans).totals.scheduled_minutes == 420


@pytest.mark.parametrize("closing", [False, True])
def test_an_ended_day_that_nobody_closed_is_computed(session, plans, closing) -> None:
    early = at("2026-11-18T09:20")
    plans.mark(date(2026, 11, 18))
    drain(session, early)
    stored = session.get(DailyMetrics, (plans.user.id, date(2026, 11, 18)))
    assert stored.studied_minutes == 20
    assert ask(session, plans, now=early).days[-1].studied_minutes == 20
    later = at("2026-11-19T00:00")
    if closing:
        assert close_days(session, later) == 1
        drain(session, later)
    assert ask(session, plans, now=later).days[-1].studied_minutes == 60


def test_a_clock_that_is_behind_the_one_that_built_the_rows_still_gets_its_own_figures(session, plans) -> None:
    found = ask(session, plans, now=at("2026-11-12T08:00"))
    assert (found.totals.scheduled_minutes, found.totals.studied_minutes, found.totals.passed_minutes) == (420, 0, 0)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-11-18T00:00:00", "2026-11-18T09:01:00"),
        ("2026-11-18T08:59:30", "2026-11-18T09:01:00"),
        ("2026-11-18T09:00:59", "2026-11-18T09:01:00"),
        ("2026-11-18T09:30:30", "2026-11-18T09:31:00"),
        ("2026-11-18T09:59:59", "2026-11-18T10:00:00"),
        ("2026-11-18T10:00:00", "2026-11-19T00:00:00"),
    ],
)
def test_valid_until(session, plans, now, until) -> None:
    assert ask(session, plans, now=at(now)).valid_until == at(until)


def test_a_range_without_today_is_valid_until_midnight(session, plans) -> None:
    past = DateRange(date(2026, 11, 12), date(2026, 11, 15))
    assert ask(session, plans, past, now=at("2026-11-18T09:30")).valid_until == at("2026-11-19T00:00")


def test_two_statements_however_much_there_is(session, plans) -> None:
    def quick_stats() -> None:
        ask(session, plans, compare=True, days_before=True, streak=True)

    few = statements(session, quick_stats)
    task = plans.task(plans.category("Art"))
    for day in WEEK:
        for hour in range(9):
            plans.slot(at(f"{day}T0{hour}:00"), 45, task)
    dirty = statements(session, quick_stats)
    drain(session, NOW)
    assert (few, dirty, statements(session, quick_stats)) == (2, 2, 2)


def test_days_marked_far_apart_cost_no_more_statements(session, plans) -> None:
    year = DateRange(date(2026, 1, 1), date(2026, 12, 31))
    for month in range(1, 11):
        plans.slot(at(f"2026-{month:02}-03T09:00"), 30)
    assert statements(session, lambda: ask(session, plans, year)) == 2
    assert ask(session, plans, year).totals.scheduled_minutes == 420 + 300


def test_categories_are_ordered_and_named(session, plans) -> None:
    art, biology = plans.category("art"), plans.category("Biology")
    plans.slot(at("2026-11-17T15:00"), 30, plans.task(biology))
    plans.slot(at("2026-11-16T15:00"), 30, plans.task(art))
    found = ask(session, plans)
    assert [(row.name, row.scheduled_minutes) for row in found.categories] == [
        ("art", 30),
        ("Biology", 30),
        (None, 420),
    ]
    assert found.top_category is found.categories[0]
    narrowed = ask(session, plans, category=biology.id)
    assert [row.name for row in narrowed.categories] == ["Biology"]
    assert narrowed.totals == Figures(30, 30, 30, 0, 60)


def test_no_category_has_no_top(session, plans) -> None:
    assert ask(session, plans).top_category is None


def test_someone_elses_category_narrows_to_nothing(session, cast, plans) -> None:
    other = Plans(session, cast.classmate).category("Art")
    assert ask(session, plans, category=other.id).totals == Figures(focus_available_minutes=60)


def test_day_figures_are_the_days_alone(session, plans) -> None:
    assert day_figures(session, plans.viewer, WEEK, NOW) == ask(session, plans).days


def test_a_deleted_person_leaves_nothing(session, plans) -> None:
    plans.mark(date(2026, 11, 18))
    session.execute(delete(type(plans.user)).where(type(plans.user).id == plans.user.id))
    assert session.scalar(select(func.count()).select_from(DailyMetrics)) == 0
    assert session.scalar(select(func.count()).select_from(DirtyDay)) == 0
    assert ask(session, plans).totals == Figures()
