"""How a goal stands, in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from webapp.core.periods import DateRange
from webapp.db.base import new_id
from webapp.goals import wording
from webapp.goals.hints import suggested
from webapp.goals.sparks import spark
from webapp.goals.types import GoalProgress, GoalRow, GoalStatus, SnapshotRow, TargetType, TimePeriod

MOMENT = datetime(2026, 11, 18, 12, tzinfo=UTC)
WEEK = DateRange(date(2026, 11, 16), date(2026, 11, 22))
MINUTES, SHARE, TASKS, XP = TargetType.MINUTES, TargetType.PERCENTAGE, TargetType.TASK_COUNT, TargetType.XP
ACHIEVED, MISSED, ON_TRACK = GoalStatus.ACHIEVED, GoalStatus.MISSED, GoalStatus.ON_TRACK
AT_RISK, BEHIND = GoalStatus.AT_RISK, GoalStatus.BEHIND


def standing(kind, target, achieved, status, **more):
    goal = GoalRow(new_id(), "Goal", kind, target, TimePeriod.WEEKLY, None, None, None, active=True, created_at=MOMENT)
    values = {
        "goal": goal,
        "period": WEEK,
        "achieved_value": achieved,
        "percent_complete": 100 * achieved / target,
        "status": status,
        "forecast": achieved,
        "planned": 0,
        "elapsed": 0.5,
        "pace": 0.5,
        "days_left": 3,
        "streak": 0,
        "rest": False,
        "valid_until": MOMENT,
    }
    return GoalProgress(**{**values, **more})


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            standing(MINUTES, 480, 120, ON_TRACK, forecast=480, planned=360),
            "2 h behind; 6 h still planned, so on track",
        ),
        (standing(MINUTES, 480, 120, BEHIND, forecast=180, planned=60), "2 h behind; 1 h still planned, 5 h short"),
        (standing(MINUTES, 480, 200, AT_RISK), "40 min behind; nothing more is planned, 4 h 40 min short"),
        (standing(MINUTES, 480, 300, ON_TRACK), "1 h ahead of pace"),
        (standing(MINUTES, 480, 240, ON_TRACK), "Right on pace"),
        (standing(MINUTES, 480, 480, ACHIEVED), "Reached"),
        (standing(MINUTES, 480, 500, ACHIEVED), "Reached, with 20 min to spare"),
        (standing(MINUTES, 480, 470, MISSED, days_left=0), "Ended 10 min short"),
        (standing(TASKS, 5, 2, MISSED, rest=True), "Rest: this period neither breaks the streak nor makes it longer"),
        (standing(TASKS, 5, 2, AT_RISK), "1 task behind"),
        (standing(TASKS, 10, 7, ON_TRACK), "2 tasks ahead of pace"),
        (standing(TASKS, 5, 3, ON_TRACK), "Right on pace"),
        (standing(XP, 1000, 100, BEHIND), "400 XP behind"),
        (standing(SHARE, 90, 85.11, AT_RISK), "4.89 points below; each planned hour that you keep lifts it"),
        (standing(SHARE, 90, 0, ON_TRACK), "No planned time has passed yet"),
        (standing(SHARE, 90, 95.5, ACHIEVED), "Reached, with 5.5 points to spare"),
    ],
)
def test_pace(found, words):
    assert wording.pace_text(found) == words


def test_a_pace_that_is_whole_but_for_rounding_counts_as_whole():
    found = standing(TASKS, 10, 3, ON_TRACK, pace=0.3 - 1e-17)
    assert wording.pace_text(replace(found, pace=0.30000000000000004)) == "Right on pace"


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        (MINUTES, 480, "8 h"),
        (SHARE, 62.5, "62.5 %"),
        (SHARE, 100.0, "100 %"),
        (TASKS, 1, "1 task"),
        (XP, 12000, "12,000 XP"),
        (TargetType.LESSONS, 0, "0 lessons"),
    ],
)
def test_amounts(kind, value, words):
    assert wording.amount_text(kind, value) == words


@pytest.mark.parametrize(
    ("more", "today", "words"),
    [
        ({}, 18, "3 days left"),
        ({"days_left": 1}, 22, "ends today"),
        ({"days_left": 0}, 23, "over"),
        ({"days_left": 7}, 10, "begins Mon 16 Nov"),
    ],
)
def test_what_is_left(more, today, words):
    assert wording.left_text(standing(TASKS, 5, 1, BEHIND, **more), date(2026, 11, today)) == words


def test_periods():
    assert wording.period_text(TimePeriod.WEEKLY, WEEK) == "16 to 22 November 2026"
    assert wording.short_period_text(TimePeriod.WEEKLY, WEEK) == "16–22 Nov 2026"
    across = DateRange(date(2026, 10, 26), date(2026, 11, 1))
    assert wording.short_period_text(TimePeriod.WEEKLY, across) == "26 Oct–1 Nov 2026"
    month = DateRange(date(2026, 11, 1), date(2026, 11, 30))
    assert wording.period_text(TimePeriod.MONTHLY, month) == "November 2026"
    assert wording.short_period_text(TimePeriod.MONTHLY, month) == "Nov 2026"


@pytest.mark.parametrize(
    ("kind", "values", "target"),
    [
        (MINUTES, [120, 90, 150, 100], 135),
        (MINUTES, [0, 0, 0, 0], 300),
        (MINUTES, [44_000] * 4, 44_640),
        (SHARE, [100, 100, 95, 100], 100),
        (TASKS, [10, 10, 10, 10], 11),
        (XP, [95, 105, 100, 100], 110),
    ],
)
def test_suggestions(kind, values, target):
    assert suggested(kind, TimePeriod.WEEKLY, values) == target


def test_a_drawing_says_the_same_in_words():
    def past(percent, status, *, rest=False):
        return SnapshotRow(new_id(), WEEK, 60, 30, percent, status, closed=True, rest=rest)

    rows = [past(150.0, ACHIEVED), past(50.0, MISSED), past(0.0, MISSED, rest=True)]
    found = spark(TimePeriod.WEEKLY, rows)
    assert found is not None
    assert [bar.state for bar in found.bars] == ["reached", "short", "rest"]
    assert found.bars[0].height == 2 * found.bars[1].height
    assert found.words == "The last 3 weeks, oldest first: 150 %, 50 %, 0 %. 1 reached."
    assert spark(TimePeriod.WEEKLY, []) is None
