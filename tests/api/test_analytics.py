"""A person's own figures through the API."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tests.api.programs import fields_of

NOW = "2026-11-20T12:30:00Z"  # a Friday, 13:30 in Berlin
RANGE = {"start": "2026-11-14", "end": "2026-11-20"}


@pytest.fixture(autouse=True)
def _now(clock_at):
    clock_at(NOW)


@pytest.fixture
def plan(student):
    """Plan 60 minutes that are over, 60 that are half over, 60 that were missed, and complete one of two tasks."""
    maths = student.made("/categories", {"name": "Maths", "color": "green"})
    done = student.made(
        "/tasks",
        {
            "title": "Fractions",
            "category_id": maths["id"],
            "priority": "high",
            "slots": [{"starts_at": "2026-11-19T10:00", "ends_at": "2026-11-19T11:00"}],
        },
    )
    student.made(
        "/tasks",
        {
            "title": "Poem",
            "slots": [
                {"starts_at": "2026-11-20T13:00", "ends_at": "2026-11-20T14:00"},
                {"starts_at": "2026-11-18T10:00", "ends_at": "2026-11-18T11:00", "missed": True},
            ],
        },
    )
    student.made("/focus-windows", {"starts_at": "2026-11-19T10:30", "ends_at": "2026-11-19T13:30"})
    student.post(f"/tasks/{done['id']}/complete")
    return maths


class TestQuickStats:
    def test_without_a_plan_there_is_nothing(self, student):
        assert student.get("/analytics/quick-stats").get_json() == {
            "total_scheduled_minutes": 0,
            "studied_minutes": 0,
            "completed_tasks_count": 0,
            "focus_time_utilization": None,
            "follow_through": None,
            "top_category": None,
            "streak_days_completed": 0,
            "range": RANGE,
            "as_of": NOW,
        }

    def test_a_plan_adds_up(self, student, plan):
        assert student.get("/analytics/quick-stats", date_range="7d").get_json() == {
            "total_scheduled_minutes": 180,
            "studied_minutes": 90,
            "completed_tasks_count": 1,
            "focus_time_utilization": 0.1667,
            "follow_through": 0.6,
            "top_category": {"category_id": plan["id"], "name": "Maths", "minutes": 60},
            "streak_days_completed": 1,
            "range": RANGE,
            "as_of": NOW,
        }

    @pytest.mark.parametrize("place", ["calendar", "tasks", "dashboard"])
    def test_every_place_shows_the_same(self, student, plan, place):
        asked = {"start_date": "2026-11-19", "end_date": "2026-11-20"}
        found = student.get("/analytics/quick-stats", view_context=place, **asked).get_json()
        assert (found["total_scheduled_minutes"], found["range"]) == (120, {"start": "2026-11-19", "end": "2026-11-20"})

    def test_it_changes_with_the_plan(self, student, plan, task):
        before = student.get("/analytics/quick-stats").get_json()
        student.post(f"/tasks/{task['id']}/cancel")
        after = student.get("/analytics/quick-stats").get_json()
        assert before["total_scheduled_minutes"] - after["total_scheduled_minutes"] == 60

    def test_nobody_elses_plan_counts(self, plan, program, cast):
        assert program(cast.teacher).get("/analytics/quick-stats").get_json()["total_scheduled_minutes"] == 0

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ({"view_context": "home"}, "view_context"),
            ({"date_range": "soon"}, "date_range"),
            ({"date_range": "367d"}, "date_range"),
            ({"start_date": "20.11.2026"}, "start_date"),
            ({"start_date": "1700000000"}, "start_date"),
            ({"start_date": "2026-11-20", "end_date": "2026-11-19"}, "end_date"),
            ({"start_date": "2025-11-19", "end_date": "2026-11-20"}, "end_date"),
            ({"user_id": "0198c5f2-7d1e-7a30-9c55-3f1b2a4d6e80"}, "user_id"),
        ],
    )
    def test_other_ranges_are_refused(self, student, query, field):
        answer = student.get("/analytics/quick-stats", **query)
        assert answer.status_code == 422
        assert fields_of(answer) == [field]


class TestDashboard:
    def test_it_has_all_its_parts(self, student, plan):
        found = student.get("/analytics/dashboard", start_date="2026-11-18", end_date="2026-11-20").get_json()
        day = {
            "scheduled_minutes": 60,
            "studied_minutes": 0,
            "focus_minutes": 0,
            "completed_tasks_count": 0,
            "xp": 0,
        }
        totals = {
            "scheduled_minutes": 180,
            "studied_minutes": 90,
            "focus_minutes": 30,
            "completed_tasks_count": 1,
            "xp": 15,
            "completion_rate": 0.5,
            "focus_time_utilization": 0.1667,
            "follow_through": 0.6,
        }
        nothing = {**dict.fromkeys(totals, 0), **dict.fromkeys([name for name in totals if "_rate" in name], None)}
        nothing |= {"focus_time_utilization": None, "follow_through": None}
        assert found["range"] == {"start": "2026-11-18", "end": "2026-11-20"}
        assert found["daily"] == [
            {"date": "2026-11-18", **day},
            {"date": "2026-11-19", **day, "studied_minutes": 60, "focus_minutes": 30},
            {"date": "2026-11-20", **day, "studied_minutes": 30, "completed_tasks_count": 1, "xp": 15},
        ]
        assert found["totals"] == totals
        assert found["previous"] == nothing
        assert set(found["deltas"]) == set(totals)
        assert found["deltas"]["studied_minutes"] == {"delta": 90, "delta_percent": None}
        assert found["deltas"]["completion_rate"] == {"delta": None, "delta_percent": None}
        assert {row["priority"]: (row["tasks"], row["completed"], row["minutes"]) for row in found["priorities"]} == {
            "high": (1, 1, 60),
            "medium": (1, 0, 120),
            "low": (0, 0, 0),
        }
        assert found["goals"] == []
        by_name = {row["name"]: row for row in found["categories"]}
        assert by_name["Maths"] == {"category_id": plan["id"], "name": "Maths", "color": "green", "minutes": 60}
        assert by_name[None] == {"category_id": None, "name": None, "color": None, "minutes": 120}

    def test_a_category_narrows_it(self, student, plan):
        maths = student.get("/analytics/dashboard", category_id=plan["id"]).get_json()["totals"]
        rest = student.get("/analytics/dashboard", category_id="none").get_json()["totals"]
        assert (maths["scheduled_minutes"], rest["scheduled_minutes"]) == (60, 120)
        assert (maths["completed_tasks_count"], rest["completed_tasks_count"]) == (1, 0)
        assert maths["xp"] == rest["xp"] == 15

    @pytest.mark.parametrize(
        ("period", "first", "last"),
        [
            ("weekly", "2026-11-16", "2026-11-22"),
            ("monthly", "2026-11-01", "2026-11-30"),
            ("quarter", "2026-10-01", "2026-12-31"),
            ("year", "2026-01-01", "2026-12-31"),
            ("28d", "2026-10-24", "2026-11-20"),
        ],
    )
    def test_periods_are_those_of_the_calendar(self, student, period, first, last):
        found = student.get("/analytics/dashboard", period=period).get_json()
        assert found["range"] == {"start": first, "end": last}
        assert (found["daily"][0]["date"], found["daily"][-1]["date"]) == (first, last)

    def test_the_week_begins_as_the_school_says(self, program, cast):
        found = program(cast.other_student).get("/analytics/dashboard", period="weekly").get_json()
        assert found["range"] == {"start": "2026-11-15", "end": "2026-11-21"}

    @pytest.mark.parametrize(
        ("query", "field"),
        [({"period": "decade"}, "period"), ({"category_id": "maths"}, "category_id"), ({"compare": "1"}, "compare")],
    )
    def test_other_values_are_refused(self, student, query, field):
        answer = student.get("/analytics/dashboard", **query)
        assert answer.status_code == 422
        assert fields_of(answer) == [field]


class TestExport:
    def rows(self, answer):
        assert answer.status_code == 200
        assert answer.mimetype == "text/csv"
        return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))

    def test_it_has_a_row_for_each_date(self, student, plan):
        asked = {"format": "csv", "start_date": "2026-11-17", "end_date": "2026-11-20"}
        rows = self.rows(student.get("/analytics/export", **asked))
        assert [list(row) for row in rows[:1]] == [
            ["date", "total_scheduled_minutes", "focus_minutes", "completed_tasks_count", "category_minutes"]
        ]
        told = [(row["date"], row["total_scheduled_minutes"], row["focus_minutes"]) for row in rows]
        assert told == [
            ("2026-11-17", "0", "0"),
            ("2026-11-18", "60", "0"),
            ("2026-11-19", "60", "30"),
            ("2026-11-20", "60", "0"),
        ]
        assert [json.loads(row["category_minutes"]) for row in rows] == [
            {},
            {"Uncategorised": 60},
            {"Maths": 60},
            {"Uncategorised": 60},
        ]

    def test_without_dates_it_holds_the_last_28_days(self, student):
        rows = self.rows(student.get("/analytics/export"))
        assert (len(rows), rows[0]["date"], rows[-1]["date"]) == (28, "2026-10-24", "2026-11-20")

    def test_it_is_only_csv(self, student):
        answer = student.get("/analytics/export", format="xlsx")
        assert answer.status_code == 422
        assert fields_of(answer) == ["format"]


class TestKept:
    @pytest.mark.parametrize("path", ["/analytics/quick-stats", "/analytics/dashboard"])
    def test_an_unchanged_answer_costs_a_304_and_a_write_ends_that(self, student, plan, path):
        first = student.get(path)
        asked = {"If-None-Match": first.headers["ETag"]}
        again = student.ask("GET", path, headers=asked)
        assert (again.status_code, again.data) == (304, b"")
        student.made("/categories", {"name": "Art"})
        changed = student.ask("GET", path, headers=asked)
        assert changed.status_code == 200
        assert changed.headers["ETag"] != first.headers["ETag"]

    def test_time_ends_it_while_a_slot_is_running(self, student, plan, clock_at):
        first = student.get("/analytics/quick-stats")
        clock_at("2026-11-20T12:31:00Z")
        later = student.ask("GET", "/analytics/quick-stats", headers={"If-None-Match": first.headers["ETag"]})
        assert later.status_code == 200
        assert later.get_json()["studied_minutes"] == first.get_json()["studied_minutes"] + 1

    def test_one_person_is_not_given_what_is_kept_for_another(self, student, plan, program, cast):
        etag = student.get("/analytics/quick-stats").headers["ETag"]
        theirs = program(cast.classmate).ask("GET", "/analytics/quick-stats", headers={"If-None-Match": etag})
        assert theirs.get_json()["total_scheduled_minutes"] == 0

    def test_a_category_of_somebody_else_is_not_there(self, student, program, cast):
        foreign = program(cast.classmate).made("/categories", {"name": "Maths"})
        assert student.get("/analytics/dashboard", category_id=foreign["id"]).status_code == 404
