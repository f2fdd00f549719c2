from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from webapp.core.periods import DateRange
from webapp.goals.types import GoalProgress, GoalRow, GoalStatus, TargetType, TimePeriod
from webapp.insights.findings.goals import pace

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
AT_RISK = GoalStatus.AT_RISK
LEFT = "; 5 days left, today included."
WEEK = DateRange(date(2026, 11, 16), date(2026, 11, 22))


def goal(number=1, kind=TargetType.MINUTES, target=300, *, period=WEEK, **more) -> GoalProgress:
    row = GoalRow(
        id=UUID(int=number),
        name=f"Goal {number}",
        target_type=kind,
        target_value=target,
        time_period=TimePeriod.WEEKLY,
        category_id=None,
        category_name=None,
        color=None,
        active=True,
        created_at=NOON,
    )
    given = {
        "achieved_value": 60,
        "percent_complete": 20.0,
        "status": GoalStatus.BEHIND,
        "forecast": 120,
        "planned": 60,
        "elapsed": 0.4,
        "rest": False,
        "pace": 0.4,
        "days_left": 5,
        "streak": 0,
        "valid_until": NOON,
    }
    return GoalProgress(goal=row, period=period, **(given | more))


@pytest.mark.parametrize(("days_left", "speaks"), [(7, False), (6, False), (5, True), (1, True)])
def test_it_is_silent_before_a_quarter_of_the_period_is_over(days_left, speaks) -> None:
    assert bool(pace([goal(days_left=days_left)]).found) is speaks


def test_a_goal_that_is_reached_is_told_at_once() -> None:
    one = DateRange(date(2026, 11, 18), date(2026, 11, 18))
    assert pace([goal(period=one, days_left=1)]).found == ()
    found = pace([goal(period=one, days_left=1, status=GoalStatus.ACHIEVED, achieved_value=330, forecast=400)]).found[0]
    assert found.sentence == "“Goal 1” is reached: 5 h 30 min of 5 h; today is the last day."
    assert found.strength == 0.0


@pytest.mark.parametrize(
    ("given", "sentence", "strength"),
    [
        (
            {},
            f"“Goal 1” is behind: 1 h of 5 h, with 1 h still planned, so 3 h short{LEFT}",
            0.6,
        ),
        (
            {"forecast": 60},
            f"“Goal 1” is behind: 1 h of 5 h, with nothing still planned, so 4 h short{LEFT}",
            0.8,
        ),
        (
            {"status": GoalStatus.ON_TRACK, "forecast": 300},
            f"“Goal 1” is on track: 1 h of 5 h, with 4 h still planned{LEFT}",
            0.0,
        ),
        (
            {
                "kind": TargetType.TASK_COUNT,
                "target": 4,
                "achieved_value": 1,
                "forecast": 1,
                "status": GoalStatus.AT_RISK,
            },
            f"“Goal 1” is at risk: 1 of 4 tasks{LEFT}",
            0.75,
        ),
        (
            {"kind": TargetType.PERCENTAGE, "target": 80, "achieved_value": 62.5, "forecast": 62.5},
            f"“Goal 1” is behind: 62.5 %, where the target is 80 %{LEFT}",
            0.2188,
        ),
        (
            {"kind": TargetType.LESSONS, "target": 3, "achieved_value": 2, "forecast": 2},
            f"“Goal 1” is behind: 2 of 3 lessons{LEFT}",
            0.3333,
        ),
        (
            {"kind": TargetType.XP, "target": 1200, "achieved_value": 0, "forecast": 0},
            f"“Goal 1” is behind: 0 of 1,200 XP{LEFT}",
            1.0,
        ),
    ],
)
def test_how_goals_are_told(given, sentence, strength) -> None:
    found = pace([goal(**given)]).found[0]
    assert (found.sentence, found.strength) == (sentence, strength)
    assert found.rows.values == {"goal_id": str(UUID(int=1)), "start_date": "2026-11-16"}


def test_at_most_three_are_told_those_that_lack_most_first() -> None:
    goals = [goal(number, forecast=60 * number) for number in range(1, 6)]
    assert [insight.title for insight in pace(goals).found] == ["Goal: Goal 1", "Goal: Goal 2", "Goal: Goal 3"]


def test_a_period_of_rest_is_passed_over() -> None:
    assert pace([goal(rest=True)]).found == ()


def test_without_goals_it_says_what_it_needs() -> None:
    topic = pace([])
    assert (topic.found, topic.has_enough) == ((), False)
