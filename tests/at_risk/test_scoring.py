"""How much somebody is at risk, from figures alone: what grows worse never lowers the score."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.at_risk.scoring import DEFAULTS, SCALES, Level, ReasonKind, Signals, Thresholds, judge, level_of

DAYS = st.none() | st.integers(0, 60)
SCORES = st.none() | st.fractions(0, 100, max_denominator=300)
SIGNALS = st.builds(
    Signals,
    absent_days=DAYS,
    usual_absence=DAYS,
    active_days=st.none() | st.integers(0, 14),
    active_days_before=st.none() | st.integers(0, 14),
    planned_minutes=st.none() | st.integers(0, 900),
    missed_minutes=st.none() | st.integers(0, 900),
    score=SCORES,
    score_before=SCORES,
    goals=st.none() | st.integers(0, 5),
    goals_behind=st.none() | st.integers(0, 5),
    due=st.none() | st.integers(0, 9),
    unsubmitted=st.none() | st.integers(0, 9),
)
# A school's own: each reason may be left out.
RULES = st.builds(
    Thresholds,
    absent_days=st.none() | st.integers(2, 30),
    fall_percent=st.none() | st.integers(1, 100),
    unsubmitted=st.none() | st.integers(1, 9),
    low_score=st.none() | st.integers(1, 100),
    score_fall=st.none() | st.integers(1, 60),
    missed_percent=st.none() | st.integers(1, 100),
    goals_behind=st.none() | st.integers(1, 5),
)
WORSE = {
    "absent_days": 1,
    "unsubmitted": 1,
    "missed_minutes": 1,
    "goals_behind": 1,
    "active_days": -1,
    "score": -1,
    "score_before": 1,
}


@given(SIGNALS, RULES, st.sampled_from(sorted(WORSE)), st.integers(1, 40))
def test_what_grows_worse_never_lowers_the_score(signals, rules, name, steps):
    before = getattr(signals, name)
    if before is not None:
        worse = replace(signals, **{name: max(0, before + WORSE[name] * steps)})
        assert judge(worse, rules).score >= judge(signals, rules).score


@given(SIGNALS, RULES)
def test_the_score_is_the_sum_of_reasons_of_which_each_has_its_limit(signals, rules):
    verdict = judge(signals, rules)
    assert verdict.score == min(100, sum(reason.points for reason in verdict.reasons))
    assert all(0 < reason.points <= SCALES[reason.kind].points for reason in verdict.reasons)
    assert [reason.points for reason in verdict.reasons] == sorted(
        (reason.points for reason in verdict.reasons), reverse=True
    )
    assert len({reason.kind for reason in verdict.reasons}) == len(verdict.reasons)
    assert verdict.level is level_of(verdict.score, rules)


def test_nothing_known_is_nothing_held_against_anybody():
    assert judge(Signals()) == judge(Signals(absent_days=0, due=4, unsubmitted=0, score=Fraction(100)))
    assert judge(Signals()).score == 0
    assert judge(Signals()).level is None


def test_a_reason_begins_at_its_threshold_and_tells_its_figure():
    [reason] = judge(Signals(absent_days=DEFAULTS.absent_days)).reasons
    assert (reason.kind, reason.figure, reason.points) == (ReasonKind.ABSENCE, 7, 20)
    assert judge(Signals(absent_days=6)).reasons == ()
    assert judge(Signals(absent_days=9, usual_absence=3)).reasons == (), "as long as is usual in the class"
    [reason] = judge(Signals(due=8, unsubmitted=3)).reasons
    assert (reason.kind, reason.figure, reason.whole) == (ReasonKind.DUE_WORK, 3, 8)


def test_who_is_away_is_not_told_twice_that_they_are_less_active():
    fallen = Signals(absent_days=6, active_days=1, active_days_before=8)
    assert [reason.kind for reason in judge(fallen).reasons] == [ReasonKind.FALLING_ACTIVITY]
    away = replace(fallen, absent_days=7)
    assert [reason.kind for reason in judge(away).reasons] == [ReasonKind.ABSENCE]
    assert judge(away).score >= judge(fallen).score


@pytest.mark.parametrize(("score", "level"), [(0, None), (1, Level.LOW), (19, Level.LOW), (20, Level.MEDIUM)])
def test_levels_begin_where_the_school_says(score, level):
    assert level_of(score) is level
    assert level_of(50) is Level.HIGH
    assert level_of(50, Thresholds(high_from=51)) is Level.MEDIUM


def test_the_example_of_the_definitions():
    signals = Signals(absent_days=12, usual_absence=3, due=5, unsubmitted=2, score=Fraction(55))
    verdict = judge(signals)
    assert {reason.kind: reason.points for reason in verdict.reasons} == {
        ReasonKind.ABSENCE: 24,
        ReasonKind.DUE_WORK: 35,
        ReasonKind.LOW_SCORES: 21,
    }
    assert (verdict.score, verdict.level) == (80, Level.HIGH)
