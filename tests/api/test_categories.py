"""Categories through the API."""

from __future__ import annotations

import pytest

from tests.api.programs import fields_of


@pytest.fixture
def maths(student):
    return student.made("/categories", {"name": "Maths", "color": "blue"})


def test_a_category_is_made_and_listed(student, maths):
    assert maths == {"id": maths["id"], "name": "Maths", "color": "blue", "archived": False}
    assert student.get("/categories").get_json()["items"] == [maths]


def test_without_a_colour_it_gets_one_that_is_free(student, maths):
    assert student.made("/categories", {"name": "Art"})["color"] != "blue"


@pytest.mark.parametrize("name", ["Maths", "maths", "  MATHS "])
def test_a_name_is_taken_once(student, maths, name):
    assert student.post("/categories", {"name": name}).status_code == 409


def test_two_people_may_use_one_name(student, maths, program, cast):
    program(cast.classmate).made("/categories", {"name": "Maths"})


@pytest.mark.parametrize(
    ("body", "field"), [({"name": ""}, "name"), ({"name": "x" * 61}, "name"), ({"color": "blue"}, "name")]
)
def test_a_name_is_needed(student, body, field):
    answer = student.post("/categories", body)
    assert answer.status_code == 422
    assert fields_of(answer) == [field]


def test_a_colour_is_one_of_the_palette(student):
    answer = student.post("/categories", {"name": "Art", "color": "transparent"})
    assert answer.status_code == 422
    assert fields_of(answer) == ["color"]


def test_put_changes_what_is_given(student, maths):
    answer = student.put(f"/categories/{maths['id']}", {"archived": True})
    assert answer.status_code == 200
    assert answer.get_json() == {**maths, "archived": True}
    assert student.get("/categories").get_json()["items"] == [answer.get_json()]


def test_what_was_read_may_be_sent_back(student, maths):
    assert student.put(f"/categories/{maths['id']}", maths).get_json() == maths
    assert student.put(f"/categories/{maths['id']}", {}).get_json() == maths


def test_its_id_is_fixed(student, maths):
    other = student.made("/categories", {"name": "Art"})
    answer = student.put(f"/categories/{maths['id']}", {"id": other["id"], "name": "Music"})
    assert answer.status_code == 403
    assert student.get("/categories").get_json()["items"][1]["name"] == "Maths"


def test_a_new_name_must_be_free_but_may_be_its_own(student, maths):
    art = student.made("/categories", {"name": "Art"})
    assert student.put(f"/categories/{art['id']}", {"name": "MATHS"}).status_code == 409
    assert student.put(f"/categories/{maths['id']}", {"name": "MATHS"}).get_json()["name"] == "MATHS"


@pytest.mark.parametrize("field", ["name", "color", "archived"])
def test_nothing_becomes_null(student, maths, field):
    answer = student.put(f"/categories/{maths['id']}", {field: None})
    assert answer.status_code == 422
    assert fields_of(answer) == [field]


def test_deleting_keeps_its_tasks_without_one(student, maths):
    task = student.made("/tasks", {"title": "Essay", "category_id": maths["id"]})
    answer = student.delete(f"/categories/{maths['id']}")
    assert (answer.status_code, answer.data) == (204, b"")
    assert student.get("/categories").get_json()["total"] == 0
    assert student.get(f"/tasks/{task['id']}").get_json() == {**task, "category_id": None}
    assert student.delete(f"/categories/{maths['id']}").status_code == 404


def test_they_are_listed_by_name(student):
    for name in ("music", "Art", "biology"):
        student.made("/categories", {"name": name})
    listed = [item["name"] for item in student.get("/categories").get_json()["items"]]
    assert listed == ["Art", "biology", "music"]
    assert [item["name"] for item in student.get("/categories", limit=1, offset=1).get_json()["items"]] == ["biology"]
