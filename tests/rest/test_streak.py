"""Streaks pass over rest: docs/metrics.md, "Rest", with its worked examples, and against counting date by date."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from tests.rest.dates import TODAY, ago, days_off, holiday, term
from tests.rollups.plans import Plans, at, statements
from webapp.analytics.queries import evidence
from webapp.analytics.types import Figure
from webapp.core.periods import DateRange
from webapp.rollups.models import DailyMetrics
from webapp.rollups.queries import range_figures
from webapp.rollups.queries import streak as streak_module
from webapp.rollups.queries.weekly_xp import weekly_xp
from webapp.rollups.rebuild import drain

NOW = at("2026-11-18T10:30")
WEEK = DateRange(ago(6), TODAY)
RESTFUL = 1  # a seed whose streak passes over rest


@pytest.fixture
def plans(session, cast) -> Plans:
    return Plans(session, cast.student, "Europe/London")


def complete_on(plans: Plans, *days_ago: int) -> None:
    for days in days_ago:
        plans.complete(plans.task(), NOW - timedelta(days=days), xp=10)


def streak(session, plans, dates=WEEK) -> int:
    return range_figures(session, plans.viewer, dates, NOW, streak=True).streak


@pytest.mark.parametrize("stored", [False, True])
@pytest.mark.parametrize(
    ("done", "off", "length"),
    [
        ((0, 1, 3), (2,), 3),  # passed over: neither broken nor longer
        ((0, 1, 2, 3), (2,), 4),  # completed on a day off: counts like any other
        ((2,), (0, 1), 1),  # today and yesterday off
        ((1,), (0,), 1),
        ((2,), (0,), 0),  # only today is off: yesterday breaks it
        ((0, 1, 4), (2,), 2),  # one day off does not cover two
        ((), (0, 1, 2), 0),  # rest alone is no streak
        ((0, 9, 20), tuple(range(1, 20)), 3),
        ((0, 30), tuple(range(1, 30)), 2),
    ],
)
def test_worked_examples(session, cast, plans, clock_at, done, off, length, stored):
    clock_at(NOW)
    complete_on(plans, *done)
    days_off(session, cast.student, *map(ago, off))
    if stored:
        drain(session, NOW)
    assert streak(session, plans) == length
    assert streak(session, plans, DateRange(date(2025, 1, 1), date(2025, 1, 7))) == length
    assert weekly_xp(session, plans.viewer, NOW).streak == length
    assert evidence(session, plans.viewer, Figure.STREAK_DAYS_COMPLETED, WEEK).total == length


def test_holidays_and_dates_outside_terms_count_as_rest(session, cast, plans):
    complete_on(plans, 0, 3, 8)
    holiday(session, cast.school, ago(2), ago(1))
    assert streak(session, plans) == 2
    term(session, cast.school, ago(3), TODAY)
    assert streak(session, plans) == 3  # before its first term a school rests without end
    term(session, cast.school, ago(5), ago(4), "Earlier")
    assert streak(session, plans) == 2


def test_other_schools_and_other_people_do_not_matter(session, cast, plans):
    complete_on(plans, 0, 2)
    days_off(session, cast.classmate, ago(1))
    holiday(session, cast.other_school, ago(1))
    assert streak(session, plans) == 1


def reference(done: set[date], rest: set[date]) -> int:
    count, day = 0, TODAY
    while day >= min(done, default=TODAY):
        if day not in done and day not in rest and day != TODAY:
            return count
        count, day = count + (day in done), day - timedelta(days=1)
    return count


def random_case(seed: int) -> tuple[list[int], list[int]]:
    dice = random.Random(seed)
    diligence, ease = dice.choice([0.3, 0.8, 0.97]), dice.choice([0.05, 0.4, 0.9])
    done = [n for n in range(150) if dice.random() < diligence]
    off = [n for n in range(170) if dice.random() < ease]
    return done, off


def outcome(session, cast, plans, seed: int) -> tuple[int, int]:
    done, off = random_case(seed)
    for n in done:
        row = {"local_date": ago(n), "completed_tasks_count": 1, "xp": 5, "built_at": NOW, "day_ends_at": NOW}
        session.add(DailyMetrics(user_id=plans.user.id, **row))
    days_off(session, cast.student, *map(ago, off))
    plans.mark(*(ago(n) for n in done[::7]))  # computed from raw rows, where nothing was completed
    left = {ago(n) for n in done} - {ago(n) for n in done[::7]}
    return streak(session, plans), reference(left, {ago(n) for n in off})


@pytest.mark.parametrize("seed", range(40))
def test_random_lives_against_counting_date_by_date(session, cast, plans, seed):
    shown, counted = outcome(session, cast, plans, seed)
    assert shown == counted


def test_that_gauge_goes_red_when_rest_is_forgotten(session, cast, plans, monkeypatch):
    monkeypatch.setattr(streak_module._Pause, "__contains__", lambda *_: False)
    shown, counted = outcome(session, cast, plans, RESTFUL)
    assert shown != counted


class TestStatements:
    def asked(self, session, plans, **more) -> int:
        return statements(session, lambda: range_figures(session, plans.viewer, WEEK, NOW, streak=True, **more))

    def test_rest_costs_none_of_its_own(self, session, cast, plans):
        complete_on(plans, 0, 1)
        drain(session, NOW)
        before = self.asked(session, plans, compare=True)
        term(session, cast.school, ago(200), TODAY)
        holiday(session, cast.school, ago(1))
        days_off(session, cast.student, ago(3))
        assert self.asked(session, plans, compare=True) == before == 2  # what is stored, and today as it is now

    def test_a_long_rest_is_read_back_sixty_completions_at_a_time(self, session, cast, plans):
        complete_on(plans, 40)
        days_off(session, cast.student, *(ago(n) for n in range(40)))
        drain(session, NOW)
        assert streak(session, plans) == 1
        assert self.asked(session, plans) == 2  # what is stored, and what lies before the week

    def test_rest_without_end_and_nothing_ever_completed(self, session, cast, plans):
        term(session, cast.school, TODAY, TODAY)
        assert streak(session, plans) == 0
        assert self.asked(session, plans) == 2
