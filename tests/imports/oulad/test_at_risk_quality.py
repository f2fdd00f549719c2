"""The report on the judgement of risk: nothing of the future leaks into it, and its counts are right."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.at_risk_quality import BAD, quality, signals_on, table
from tests.imports.oulad import files
from webapp.at_risk.scoring import DEFAULTS, judge
from webapp.classes.models import Outcome
from webapp.imports.oulad.dataset import Dataset


@pytest.fixture
def parts(tmp_path):
    dataset = Dataset(files.made_up(tmp_path / "data", students=60))
    return [dataset.part(name) for name in dataset.presentations]


def with_another_future(part, day: int):
    """Return the part with everything different that was not known before the day."""
    changed = [
        replace_registration(each, day, outcome=Outcome.FAIL if each.outcome is Outcome.PASS else Outcome.PASS)
        for each in part.registrations
    ]
    kept = [each for each in part.submissions if each.day < day]
    later = [each._replace(day=day + 1, score=0) for each in part.submissions if each.day >= day][::2]
    return replace(part, registrations=changed, submissions=kept + later)


def replace_registration(each, day: int, **changes):
    if each.unregistered is not None and each.unregistered > day:
        changes["unregistered"] = None
    return each._replace(**changes)


@pytest.mark.parametrize("day", [7, 21, 49, 84, 140])
def test_what_came_later_changes_no_judgement(parts, day):
    for part in parts:
        known = {each.student: judge(signals) for each, signals, _ in signals_on(part, day)}
        other = {each.student: judge(signals) for each, signals, _ in signals_on(with_another_future(part, day), day)}
        assert known
        assert known == other


def test_and_what_came_before_does(parts):
    part = parts[0]
    known = {each.student: signals for each, signals, _ in signals_on(part, 84)}
    without = replace(part, submissions=[each for each in part.submissions if each.day >= 84])
    assert known != {each.student: signals for each, signals, _ in signals_on(without, 84)}


def test_the_simple_rules_count_as_by_hand(parts):
    week = quality(iter(parts))[12]
    students = bad = absent = absent_bad = low = 0
    for part in parts:
        for each in part.registrations:
            there = (each.registered is None or each.registered < 84) and (
                each.unregistered is None or each.unregistered > 84
            )
            if not there or each.outcome is None:
                continue
            mine = [one for one in part.submissions if one.student == each.student and one.day < 84]
            scores = [one.score / 100 for one in mine if one.score is not None]
            last = max([one.day for one in mine], default=max(0, each.registered or 0) - 1)
            away = 83 - max(last, max(0, each.registered or 0) - 1) >= 7
            students += 1
            bad += each.outcome in BAD
            absent += away
            absent_bad += away and each.outcome in BAD
            low += bool(scores) and sum(scores) / len(scores) < 40
    assert (week.students, week.bad) == (students, bad)
    assert (week.named["absence"], week.right["absence"], week.named["scores"]) == (absent, absent_bad, low)
    assert 0 < absent_bad < absent < students


def test_a_higher_threshold_names_fewer_and_the_table_has_a_line_for_each_week(parts):
    strict = quality(iter(parts), replace(DEFAULTS, medium_from=70, high_from=90))[20]
    usual = quality(iter(parts))[20]
    assert 0 <= strict.named["medium"] < usual.named["medium"]
    lines = table(quality(iter(parts))).splitlines()
    assert lines[2].startswith("| 1 |")
    assert len(lines) == 2 + 14
