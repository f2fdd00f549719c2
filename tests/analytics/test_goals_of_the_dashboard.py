"""Goals in the dashboard's answer: the same as the goals' own."""

from __future__ import annotations

import pytest

from tests.api.conftest import program, student, token_for  # noqa: F401 - fixtures

NOW = "2026-11-18T10:30:00Z"
MINUTES = {"name": "Maths", "target_type": "minutes", "target_value": 60, "time_period": "weekly"}


@pytest.fixture(autouse=True)
def _now(clock_at):
    clock_at(NOW)


def goals_of(student, **query):  # noqa: F811
    return student.get("/analytics/dashboard", **query).get_json()["goals"]


def plan(student, starts_at, ends_at):  # noqa: F811
    student.made("/tasks", {"title": "Essay", "slots": [{"starts_at": starts_at, "ends_at": ends_at}]})


def test_they_are_those_of_the_goals_own_progress(student):  # noqa: F811
    student.made(
        "/tasks", {"title": "Essay", "slots": [{"starts_at": "2026-11-17T10:00", "ends_at": "2026-11-17T10:45"}]}
    )
    made = student.made("/goals", MINUTES)
    student.made("/goals", {**MINUTES, "name": "Paused", "active": False})
    found = goals_of(student, period="monthly")
    assert found == student.get("/goals/progress").get_json()["items"]
    assert found == [
        {
            "goal_id": made["goal_id"],
            "name": "Maths",
            "target_type": "minutes",
            "target_value": 60,
            "period": {"start": "2026-11-16", "end": "2026-11-22"},
            "achieved_value": 45,
            "percent_complete": 75.0,
            "status": "on_track",
            "forecast": 45,
            "streak": 0,
        }
    ]


@pytest.mark.parametrize("query", [{"start_date": "2026-01-01", "end_date": "2026-01-02"}, {"category_id": "none"}])
def test_neither_range_nor_category_narrows_them(student, query):  # noqa: F811
    student.made("/goals", MINUTES)
    assert [goal["period"]["start"] for goal in goals_of(student, **query)] == ["2026-11-16"]


def test_a_change_of_goals_ends_what_is_kept(student, clock_at):  # noqa: F811
    assert goals_of(student) == []
    made = student.made("/goals", MINUTES)
    assert len(goals_of(student)) == 1
    assert student.ask("DELETE", f"/goals/{made['goal_id']}").status_code == 204
    assert goals_of(student) == []


def test_time_ends_it_too(student, clock_at):  # noqa: F811
    student.made(
        "/tasks", {"title": "Essay", "slots": [{"starts_at": "2026-11-18T11:00", "ends_at": "2026-11-18T13:00"}]}
    )
    student.made("/goals", MINUTES)
    assert goals_of(student)[0]["achieved_value"] == 30
    clock_at("2026-11-18T10:31:00Z")
    assert goals_of(student)[0]["achieved_value"] == 31
    clock_at("2026-11-23T10:31:00Z")
    assert goals_of(student)[0]["period"]["start"] == "2026-11-23"
