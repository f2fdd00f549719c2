"""The page of categories, through the front door."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.planner.doors import field_value, toast_of, words
from tests.planner.plans import category, task
from webapp.planner.models import Category, Task


@pytest.fixture
def maths(session, cast):
    made = category(session, cast.student.viewer, "Maths", "blue")
    session.commit()
    return made


def found(session, made):
    row = session.get(type(made), made.id, populate_existing=True)
    session.commit()
    return row


def test_an_empty_page_says_what_goes_here(door, cast):
    assert "No categories yet" in words(door(cast.student).get("/categories").text)


@pytest.mark.parametrize("htmx", [False, True])
def test_adding(door, cast, session, htmx):
    answer = door(cast.student).post("/categories", htmx=htmx, name="Biology", color="green")
    assert answer.status_code == (204 if htmx else 303)
    made = session.scalars(select(Category)).one()
    assert (made.name, made.color) == ("Biology", "green")


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": "", "color": "green"}, "This is needed."),
        ({"name": "Biology", "color": "plaid"}, "Choose one of"),
        ({"name": "MATHS", "color": "green"}, "You already have a category called “Maths”."),
        ({"name": "x" * 61, "color": "green"}, "at most 60"),
    ],
)
def test_a_refusal_keeps_what_was_typed(door, cast, session, maths, fields, message, htmx):
    answer = door(cast.student).post("/categories", htmx=htmx, **fields)
    assert answer.status_code == 422
    assert message in words(answer.text)
    assert f'value="{fields["name"]}"' in answer.text
    assert answer.text.lstrip().startswith('<div id="category-list"') is htmx
    assert len(session.scalars(select(Category)).all()) == 1


@pytest.mark.parametrize("htmx", [False, True])
def test_renaming_and_recolouring(door, cast, session, maths, htmx):
    door(cast.student).post(f"/categories/{maths.id}", htmx=htmx, name="Mathematics", color="pink")
    changed = found(session, maths)
    assert (changed.name, changed.color) == ("Mathematics", "pink")


@pytest.mark.parametrize("htmx", [False, True])
def test_a_refused_change_opens_its_own_form(door, cast, session, maths, htmx):
    answer = door(cast.student).post(f"/categories/{maths.id}", htmx=htmx, name="", color="pink")
    assert answer.status_code == 422
    assert '<details class="category-edit" open>' in answer.text
    assert field_value(answer.text.split("<details", 1)[1], "name") == ""
    assert found(session, maths).color == "blue"


@pytest.mark.parametrize("htmx", [False, True])
def test_archiving_and_using_again(door, cast, session, maths, htmx):
    person = door(cast.student)
    person.post(f"/categories/{maths.id}/archive", htmx=htmx)
    assert found(session, maths).archived
    assert "Archived (1)" in words(person.get("/categories").text)
    assert ">Maths</option>" not in person.get("/planner/add?at=2026-11-18T16:00", htmx=True).text
    person.post(f"/categories/{maths.id}/restore", htmx=htmx)
    assert not found(session, maths).archived


def test_deleting_keeps_the_tasks_and_undo_brings_both_back(door, cast, session, maths):
    sheet = task(session, cast.student.viewer, "Sheet", category_id=maths.id)
    session.commit()
    person = door(cast.student)
    way_back = toast_of(person.post(f"/categories/{maths.id}/delete", htmx=True))["undo"]
    assert found(session, sheet).category_id is None
    person.post(way_back)
    assert found(session, sheet).category_id == maths.id


def test_an_archived_category_stays_with_its_task(door, cast, session, maths):
    sheet = task(session, cast.student.viewer, "Sheet", category_id=maths.id)
    session.commit()
    person = door(cast.student)
    person.post(f"/categories/{maths.id}/archive")
    page = person.get(f"/tasks/{sheet.id}/edit").text
    assert f'<option value="{maths.id}" selected>Maths (archived)</option>' in page
    assert "(archived)" not in person.get("/tasks/new").text


@pytest.mark.parametrize("verb", ["", "/archive", "/restore", "/delete"])
def test_nobody_else_can_touch_it(door, cast, session, client, maths, verb):
    for other in (cast.classmate, cast.teacher, cast.manager, cast.admin, cast.other_student):
        assert door(other).post(f"/categories/{maths.id}{verb}", name="Mine", color="pink").status_code == 404
    assert client.post(f"/categories/{maths.id}{verb}").status_code in {303, 400}
    assert (found(session, maths).name, session.scalars(select(Task)).all()) == ("Maths", [])
