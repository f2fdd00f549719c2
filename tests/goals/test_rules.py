"""The rules of docs/metrics.md, "Goals", one by one, and its worked examples."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction

import pytest

from webapp.core.periods import DateRange
from webapp.goals import rules
from webapp.goals.pace import Pace, elapsed
from webapp.goals.queries.streaks import Verdict, closed_streaks
from webapp.goals.slicing import Slicing, Terms, in_force
from webapp.goals.types import GoalStatus, Standing, TargetType, TimePeriod
from webapp.rest.calendar import Rest
from webapp.rest.types import Span

WEEK = DateRange(date(2026, 11, 16), date(2026, 11, 22))
BERLIN = "Europe/Berlin"
MON, TUE, WED, SAT, SUN = (date(2026, 11, day) for day in (16, 17, 18, 21, 22))


def at(text):
    return datetime.fromisoformat(text)


def minutes(amount, target):
    return Standing(TargetType.MINUTES, target, amount)


def percentage(amount, whole, target):
    return Standing(TargetType.PERCENTAGE, target, amount, whole)


@pytest.mark.parametrize(
    ("standing", "achieved", "percent", "reached"),
    [
        (minutes(0, 60), 0, 0, False),
        (minutes(59, 60), 59, 98.33, False),
        (minutes(60, 60), 60, 100, True),
        (minutes(1, 8), 1, 12.5, False),
        (minutes(1, 1600), 1, 0.06, False),
        (minutes(20_000, 1), 20_000, 999.99, True),
        (percentage(0, 0, 1), 0, 0, False),
        (percentage(1, 3, 33), 33.33, 101.01, True),
        (percentage(1, 3, 34), 33.33, 98.04, False),
        (percentage(2, 3, 67), 66.67, 99.5, False),
        (percentage(66_666, 100_000, 67), 66.67, 99.5, False),
        (percentage(1, 1, 100), 100, 100, True),
        (Standing(TargetType.XP, 40, 15, 0), 15, 37.5, False),
    ],
)
def test_what_a_standing_amounts_to(standing, achieved, percent, reached):
    assert rules.achieved_value(standing) == achieved
    assert rules.percent_complete(standing) == percent
    assert rules.is_achieved(standing) is reached


@pytest.mark.parametrize(
    ("standing", "pace", "planned", "over", "status"),
    [
        (minutes(60, 60), 0, 0, True, GoalStatus.ACHIEVED),
        (minutes(59, 60), 0, 500, True, GoalStatus.MISSED),
        (minutes(0, 60), 0, 0, False, GoalStatus.ON_TRACK),
        (minutes(30, 60), Fraction(1, 2), 0, False, GoalStatus.ON_TRACK),
        (minutes(29, 60), Fraction(1, 2), 0, False, GoalStatus.AT_RISK),
        (minutes(29, 60), Fraction(1, 2), 31, False, GoalStatus.ON_TRACK),
        (minutes(29, 60), Fraction(1, 2), 30, False, GoalStatus.AT_RISK),
        (minutes(3, 8), Fraction(1, 2), 0, False, GoalStatus.AT_RISK),
        (minutes(2, 8), Fraction(1, 2), 0, False, GoalStatus.BEHIND),
        (percentage(0, 0, 80), Fraction(1, 2), 0, False, GoalStatus.ON_TRACK),
        (percentage(79, 100, 80), 0, 600, False, GoalStatus.AT_RISK),
        (percentage(60, 100, 80), 1, 0, False, GoalStatus.AT_RISK),
        (percentage(59, 100, 80), 0, 0, False, GoalStatus.BEHIND),
        (Standing(TargetType.TASK_COUNT, 4, 1), Fraction(1, 2), 600, False, GoalStatus.BEHIND),
    ],
)
def test_the_first_status_that_holds(standing, pace, planned, over, status):
    assert rules.status(standing, Fraction(pace), planned, over=over) == status


def resting(*days):
    return Rest(off=[Span(day, day) for day in days])


@pytest.mark.parametrize(
    ("moment", "rest", "whole", "pace", "due"),
    [
        ("2026-11-18T12:00+01:00", (), 0.3571, 0.3571, 107.14),
        ("2026-11-18T12:00+01:00", (SAT, SUN), 0.3571, 0.5, 150),
        ("2026-11-18T12:00+01:00", (MON, TUE), 0.3571, 0.1, 30),
        ("2026-11-21T12:00+01:00", (SAT, SUN), 0.7857, 1, 300),
        ("2026-11-18T12:00+01:00", tuple(WEEK), 0.3571, 0, 0),
    ],
)
def test_the_worked_examples_of_pace(moment, rest, whole, pace, due):
    found = Pace(BERLIN, WEEK, resting(*rest)).passed(at(moment))
    assert round(float(elapsed(BERLIN, WEEK, at(moment))), 4) == whole
    assert (round(float(found), 4), round(float(300 * found), 2)) == (pace, due)


def test_a_day_of_25_hours():
    sunday = DateRange(date(2026, 10, 25), date(2026, 10, 25))
    assert elapsed(BERLIN, sunday, at("2026-10-25T12:00+01:00")) == Fraction(13, 25)
    assert Pace(BERLIN, sunday).passed(at("2026-10-25T12:00+01:00")) == Fraction(13, 25)


@pytest.mark.parametrize(
    ("rest", "status"),
    [
        ((), GoalStatus.ON_TRACK),
        ((SAT, SUN), GoalStatus.AT_RISK),
        ((MON, TUE), GoalStatus.ON_TRACK),
        (tuple(WEEK), GoalStatus.ON_TRACK),
    ],
)
def test_the_worked_examples_of_status(rest, status):
    pace = Pace(BERLIN, WEEK, resting(*rest)).passed(at("2026-11-18T12:00+01:00"))
    assert rules.status(minutes(120, 300), pace, 0, over=False) == status


@pytest.mark.parametrize("rest", [(), (SAT, SUN), (MON,), (WED,), tuple(WEEK)])
def test_when_a_fraction_is_exceeded(rest):
    pace = Pace(BERLIN, WEEK, resting(*rest))
    for fraction in (Fraction(0), Fraction(1, 5), Fraction(1, 3), Fraction(1, 2)):
        instant = pace.last_instant_at(fraction)
        if instant is None:
            assert pace.passed(at("2027-01-01T00:00Z")) <= fraction
        else:
            assert pace.passed(instant) <= fraction
            later = at("2026-11-30T00:00Z")
            assert any(pace.passed(instant + (later - instant) / 2**n) > fraction for n in range(40))
    assert pace.last_instant_at(Fraction(1)) is None


@pytest.mark.parametrize(
    ("periods", "streak"),
    [(". A A", 2), (". A - A", 2), (". A B A", 3), ("A . - -", 0), ("A A - -", 2), ("", 0), ("- -", 0)],
)
def test_the_worked_examples_of_streaks(session, periods, streak):
    signs = periods.split()
    verdicts = [Verdict(date(2026, 11, 1 + n), sign in {"A", "B"}, sign in {"-", "B"}) for n, sign in enumerate(signs)]
    assert closed_streaks(session, {"goal": None}, {"goal": verdicts}, []) == {"goal": streak}


def test_terms_hold_from_their_date_on():
    terms = [Terms(date(2026, 11, 10), 60, True), Terms(date(2026, 11, 12), 90, False)]
    found = {day: in_force(terms, date(2026, 11, day)).target for day in (1, 10, 11, 12, 30)}
    assert found == {1: 60, 10: 60, 11: 60, 12: 90, 30: 90}


def test_closed_periods_go_back_to_the_one_that_held_the_beginning():
    slicing = Slicing(BERLIN, 6, date(2026, 11, 18))
    since = at("2026-11-01T12:00Z")
    firsts = [period.first.day for period in slicing.closed(TimePeriod.WEEKLY, since)]
    assert firsts == [8, 1]
    assert list(slicing.closed(TimePeriod.MONTHLY, since)) == []
    assert [period.first.day for period in slicing.closed(TimePeriod.DAILY, since, date(2026, 11, 15))] == [17, 16]
