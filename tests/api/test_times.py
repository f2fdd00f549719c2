"""Slots, focus windows and the calendar through the API."""

from __future__ import annotations

import pytest

from tests.api.programs import fields_of

SLOT = {"starts_at": "2026-11-20T15:00:00Z", "ends_at": "2026-11-20T16:00:00Z"}
LATER = {"starts_at": "2026-11-21T15:00:00Z", "ends_at": "2026-11-21T16:30:00Z"}


class TestSlots:
    def test_a_slot_is_added_to_its_task(self, student, task):
        made = student.made(f"/tasks/{task['id']}/slots", {**LATER, "missed": True})
        assert made == {"id": made["id"], "task_id": task["id"], **LATER, "missed": True}
        slots = student.get(f"/tasks/{task['id']}").get_json()["slots"]
        assert [slot["id"] for slot in slots] == [task["slots"][0]["id"], made["id"]]

    def test_moving_keeps_what_is_not_given(self, student, task):
        slot = {**task["slots"][0], "task_id": task["id"]}
        moved = student.put(f"/slots/{slot['id']}", LATER).get_json()
        assert moved == {**slot, **LATER}
        assert student.put(f"/slots/{slot['id']}", {"missed": True}).get_json() == {**moved, "missed": True}

    def test_what_was_read_may_be_sent_back(self, student, task):
        slot = student.put(f"/slots/{task['slots'][0]['id']}", {}).get_json()
        answer = student.put(f"/slots/{slot['id']}", slot)
        assert (answer.status_code, answer.get_json()) == (200, slot)

    def test_a_slot_stays_with_its_task(self, student, task):
        other = student.made("/tasks", {"title": "Another"})
        answer = student.put(f"/slots/{task['slots'][0]['id']}", {"task_id": other["id"]})
        assert answer.status_code == 403

    def test_an_end_alone_is_checked_against_the_beginning_that_stands(self, student, task):
        answer = student.put(f"/slots/{task['slots'][0]['id']}", {"ends_at": "2026-11-20T15:00:00Z"})
        assert answer.status_code == 422
        assert fields_of(answer) == ["ends_at"]

    @pytest.mark.parametrize("field", ["starts_at", "ends_at", "missed"])
    def test_nothing_becomes_null(self, student, task, field):
        answer = student.put(f"/slots/{task['slots'][0]['id']}", {field: None})
        assert answer.status_code == 422
        assert fields_of(answer) == [field]

    def test_deleting_leaves_the_task(self, student, task):
        answer = student.delete(f"/slots/{task['slots'][0]['id']}")
        assert (answer.status_code, answer.data) == (204, b"")
        assert student.get(f"/tasks/{task['id']}").get_json() == {**task, "slots": []}

    def test_a_day_of_24_hours_is_the_longest(self, student, task):
        day = {"starts_at": "2026-11-20T00:00:00Z", "ends_at": "2026-11-21T00:00:00Z"}
        student.made(f"/tasks/{task['id']}/slots", day)


class TestFocusWindows:
    def test_a_window_is_made_listed_and_deleted(self, student):
        made = student.made("/focus-windows", SLOT)
        assert made == {"id": made["id"], **SLOT}
        assert student.get("/focus-windows").get_json()["items"] == [made]
        assert student.delete(f"/focus-windows/{made['id']}").status_code == 204
        assert student.get("/focus-windows").get_json()["total"] == 0

    def test_dates_are_those_of_the_persons_zone(self, student):
        evening = {"starts_at": "2026-11-20T22:30:00Z", "ends_at": "2026-11-20T23:30:00Z"}
        student.made("/focus-windows", evening)
        for day, total in (("2026-11-19", 0), ("2026-11-20", 1), ("2026-11-21", 1), ("2026-11-22", 0)):
            assert student.get("/focus-windows", start_date=day, end_date=day).get_json()["total"] == total

    def test_they_are_listed_in_order_of_time(self, student):
        for window in (LATER, SLOT):
            student.made("/focus-windows", window)
        starts = [item["starts_at"] for item in student.get("/focus-windows").get_json()["items"]]
        assert starts == [SLOT["starts_at"], LATER["starts_at"]]

    def test_a_range_goes_forward(self, student):
        answer = student.get("/focus-windows", start_date="2026-11-21", end_date="2026-11-20")
        assert answer.status_code == 422


class TestCalendar:
    def test_it_holds_slots_with_their_task_and_focus_windows(self, student):
        maths = student.made("/categories", {"name": "Maths", "color": "green"})
        task = student.made(
            "/tasks", {"title": "Fractions", "category_id": maths["id"], "priority": "high", "slots": [SLOT]}
        )
        window = student.made("/focus-windows", SLOT)
        found = student.get("/calendar", start_date="2026-11-20", end_date="2026-11-20").get_json()
        assert found == {
            "range": {"start": "2026-11-20", "end": "2026-11-20"},
            "slots": [
                {
                    **task["slots"][0],
                    "task_id": task["id"],
                    "title": "Fractions",
                    "category_id": maths["id"],
                    "category": "Maths",
                    "color": "green",
                    "status": "open",
                    "priority": "high",
                }
            ],
            "focus_windows": [window],
        }

    def test_other_days_and_people_are_not_in_it(self, student, task, program, cast):
        asked = {"start_date": "2026-11-20", "end_date": "2026-11-20"}
        empty = {"range": {"start": "2026-11-20", "end": "2026-11-20"}, "slots": [], "focus_windows": []}
        assert program(cast.classmate).get("/calendar", **asked).get_json() == empty
        later = student.get("/calendar", start_date="2026-11-21", end_date="2026-11-30").get_json()
        assert later["slots"] == []

    @pytest.mark.parametrize(
        ("query", "fields"),
        [
            ({}, ["start_date", "end_date"]),
            ({"start_date": "2026-11-20"}, ["end_date"]),
            ({"start_date": "2026-11-20", "end_date": "yesterday"}, ["end_date"]),
        ],
    )
    def test_both_dates_are_needed(self, student, query, fields):
        answer = student.get("/calendar", **query)
        assert answer.status_code == 422
        assert fields_of(answer) == fields

    @pytest.mark.parametrize(("first", "last"), [("2026-11-21", "2026-11-20"), ("2025-01-01", "2026-11-20")])
    def test_a_range_goes_forward_and_is_at_most_a_year(self, student, first, last):
        answer = student.get("/calendar", start_date=first, end_date=last)
        assert answer.status_code == 422
