"""Tasks through the API."""

from __future__ import annotations

import pytest
from sqlalchemy import event, func, select

from tests.api.programs import fields_of
from webapp.xp.models import XpEntry

NOW = "2026-11-20T12:00:00Z"
SLOT = {"starts_at": "2026-11-20T15:00:00Z", "ends_at": "2026-11-20T16:00:00Z"}


@pytest.fixture
def points(session, cast):
    def total():
        found = session.execute(select(func.sum(XpEntry.amount)).where(XpEntry.user_id == cast.student.id)).scalar()
        session.rollback()  # SQLite's one writer must not be this session
        return found or 0

    return total


@pytest.fixture(autouse=True)
def _now(clock_at):
    clock_at(NOW)


def test_a_task_has_all_its_fields(student):
    made = student.made("/tasks", {"title": " Essay "})
    assert made == {
        "id": made["id"],
        "title": "Essay",
        "notes": "",
        "category_id": None,
        "priority": "medium",
        "status": "open",
        "due_at": None,
        "completed_at": None,
        "slots": [],
    }
    assert student.get(f"/tasks/{made['id']}").get_json() == made
    assert student.get("/tasks").get_json()["items"] == [made]


def test_slots_are_made_with_it_and_stand_in_order(student):
    early = {"starts_at": "2026-11-19T15:00:00Z", "ends_at": "2026-11-19T16:00:00Z", "missed": True}
    made = student.made("/tasks", {"title": "Essay", "slots": [SLOT, early]})
    assert [(slot["starts_at"], slot["missed"]) for slot in made["slots"]] == [
        (early["starts_at"], True),
        (SLOT["starts_at"], False),
    ]


def test_one_bad_slot_leaves_nothing_behind(student):
    answer = student.post("/tasks", {"title": "Essay", "slots": [SLOT, {**SLOT, "ends_at": SLOT["starts_at"]}]})
    assert answer.status_code == 422
    assert fields_of(answer) == ["slots.1.ends_at"]
    assert student.get("/tasks").get_json()["total"] == 0


def test_somebody_elses_category_is_none(student, program, cast):
    foreign = program(cast.classmate).made("/categories", {"name": "Maths"})
    answer = student.post("/tasks", {"title": "Essay", "category_id": foreign["id"]})
    assert answer.status_code == 422
    assert fields_of(answer) == ["category_id"]


class TestChanging:
    def test_put_changes_what_is_given(self, student, task):
        answer = student.put(f"/tasks/{task['id']}", {"priority": "high", "due_at": "2026-12-01T09:00"})
        assert answer.get_json() == {**task, "priority": "high", "due_at": "2026-12-01T08:00:00Z"}

    def test_null_takes_away_what_may_be_absent(self, student, task):
        category = student.made("/categories", {"name": "Maths"})
        student.put(f"/tasks/{task['id']}", {"due_at": NOW, "category_id": category["id"]})
        answer = student.put(f"/tasks/{task['id']}", {"due_at": None, "category_id": None})
        assert answer.get_json() == task

    @pytest.mark.parametrize("field", ["title", "notes", "priority"])
    def test_null_is_no_value_for_the_rest(self, student, task, field):
        answer = student.put(f"/tasks/{task['id']}", {field: None})
        assert answer.status_code == 422
        assert fields_of(answer) == [field]

    def test_what_was_read_may_be_sent_back(self, student, task):
        done = student.post(f"/tasks/{task['id']}/complete").get_json()
        for sent in (done, {**done, "slots": done["slots"][::-1]}, {}):
            answer = student.put(f"/tasks/{task['id']}", sent)
            assert answer.status_code == 200, answer.text
            assert answer.get_json() == done

    @pytest.mark.parametrize(
        "change",
        [
            {"id": "0198c5f2-7d1e-7a30-9c55-3f1b2a4d6e80"},
            {"status": "completed"},
            {"completed_at": NOW},
            {"slots": []},
        ],
    )
    def test_what_has_its_own_verbs_is_fixed(self, student, task, change):
        answer = student.put(f"/tasks/{task['id']}", {**change, "title": "Another"})
        assert answer.status_code == 403
        assert student.get(f"/tasks/{task['id']}").get_json() == task


class TestVerbs:
    def test_completing_earns_points_once(self, student, task, points):
        first = student.post(f"/tasks/{task['id']}/complete").get_json()
        assert (first["status"], first["completed_at"]) == ("completed", NOW)
        again = student.post(f"/tasks/{task['id']}/complete", {"completed_at": "2026-11-01T10:00:00Z"})
        assert (again.status_code, again.get_json()) == (200, first)
        assert points() == 10

    def test_the_instant_may_lie_in_the_past_but_not_ahead(self, student, task):
        answer = student.post(f"/tasks/{task['id']}/complete", {"completed_at": "2026-11-20T12:00:01Z"})
        assert answer.status_code == 422
        assert fields_of(answer) == ["completed_at"]
        done = student.post(f"/tasks/{task['id']}/complete", {"completed_at": "2026-11-19T10:00"})
        assert done.get_json()["completed_at"] == "2026-11-19T09:00:00Z"

    def test_reopening_takes_them_back(self, student, task, points):
        student.post(f"/tasks/{task['id']}/complete")
        for _ in range(2):
            answer = student.post(f"/tasks/{task['id']}/reopen")
            assert (answer.status_code, answer.get_json()) == (200, task)
        assert points() == 0

    def test_cancelling_twice_changes_nothing(self, student, task):
        for _ in range(2):
            answer = student.post(f"/tasks/{task['id']}/cancel")
            assert (answer.status_code, answer.get_json()) == (200, {**task, "status": "cancelled"})
        assert student.post(f"/tasks/{task['id']}/complete").status_code == 409
        assert student.post(f"/tasks/{task['id']}/reopen").get_json() == task

    def test_a_completed_task_must_be_reopened_before_it_is_cancelled(self, student, task):
        student.post(f"/tasks/{task['id']}/complete")
        answer = student.post(f"/tasks/{task['id']}/cancel")
        assert answer.status_code == 409
        assert "eopen" in answer.get_json()["detail"]

    def test_points_are_those_of_the_priority_when_completed(self, student, task, points):
        student.put(f"/tasks/{task['id']}", {"priority": "high"})
        student.post(f"/tasks/{task['id']}/complete")
        student.put(f"/tasks/{task['id']}", {"priority": "low"})
        assert points() == 15

    def test_deleting_takes_slots_and_points_along(self, student, task, points):
        student.post(f"/tasks/{task['id']}/complete")
        answer = student.delete(f"/tasks/{task['id']}")
        assert (answer.status_code, answer.data) == (204, b"")
        assert student.get(f"/tasks/{task['id']}").status_code == 404
        assert student.delete(f"/slots/{task['slots'][0]['id']}").status_code == 404
        assert points() == 0


class TestListing:
    @pytest.fixture(autouse=True)
    def _tasks(self, student):
        maths = student.made("/categories", {"name": "Maths"})
        self.maths = maths["id"]
        student.made("/tasks", {"title": "Fractions", "category_id": self.maths, "due_at": "2026-11-25T10:00:00Z"})
        done = student.made("/tasks", {"title": "Poem", "notes": "Learn it by HEART"})
        student.post(f"/tasks/{done['id']}/complete")
        student.made("/tasks", {"title": "100% of it", "slots": [SLOT]})

    @pytest.mark.parametrize(
        ("query", "titles"),
        [
            ({}, {"Fractions", "Poem", "100% of it"}),
            ({"status": "completed"}, {"Poem"}),
            ({"status": "open"}, {"Fractions", "100% of it"}),
            ({"category_id": "none"}, {"Poem", "100% of it"}),
            ({"q": "heart"}, {"Poem"}),
            ({"q": "100%"}, {"100% of it"}),
            ({"q": "_"}, set()),
            ({"start_date": "2026-11-25", "end_date": "2026-11-25"}, {"Fractions"}),
            ({"start_date": "2026-11-20", "end_date": "2026-11-20"}, {"Poem", "100% of it"}),
            ({"start_date": "2026-11-26"}, set()),
        ],
    )
    def test_filters_narrow(self, student, query, titles):
        found = student.get("/tasks", **query).get_json()
        assert {item["title"] for item in found["items"]} == titles
        assert found["total"] == len(titles)

    def test_by_category(self, student):
        found = student.get("/tasks", category_id=self.maths).get_json()
        assert [item["title"] for item in found["items"]] == ["Fractions"]

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ({"status": "done"}, "status"),
            ({"category_id": "maths"}, "category_id"),
            ({"start_date": "20 November"}, "start_date"),
            ({"start_date": "2026-13-01"}, "start_date"),
            ({"start_date": "1700000000"}, "start_date"),
            ({"q": "a\x00"}, "q"),
        ],
    )
    def test_other_values_are_refused(self, student, query, field):
        answer = student.get("/tasks", **query)
        assert answer.status_code == 422
        assert fields_of(answer) == [field]


def test_a_long_list_costs_the_statements_of_a_short_one(student, engine):
    def statements() -> int:
        sent = []
        event.listen(engine, "before_cursor_execute", record := lambda *args: sent.append(args[2]))
        found = student.get("/tasks", limit=100).get_json()
        event.remove(engine, "before_cursor_execute", record)
        assert found["items"]
        return len([text for text in sent if text.startswith("SELECT")])

    student.made("/tasks", {"title": "Essay", "slots": [SLOT]})
    few = statements()
    for _ in range(12):
        student.made("/tasks", {"title": "Essay", "slots": [SLOT, SLOT]})
    assert statements() == few == 4
