"""Forms that come twice, through the front door: one effect, whoever sends them and however."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from tests.planner.doors import Door, toast_of
from webapp.goals.models import Goal
from webapp.planner.models import FocusWindow, Slot, Task

TIMES = {"starts_at": "2026-11-19T16:00", "ends_at": "2026-11-19T17:00"}
GOAL = {"name": "Read", "target_type": "minutes", "target_value": "60", "time_period": "daily"}
# Where the form stands, where it goes, what is written into it, and what it makes.
FORMS = {
    "task": ("/tasks/new", "/tasks", {"title": "Essay", "priority": "low"}, Task),
    "quick": ("/planner", "/planner/quick", {"text": "Maths tomorrow 16:00 1h"}, Slot),
    "slot": ("/planner?add=2026-11-19T16:00", "/slots", {"kind": "slot", "title": "Maths", **TIMES}, Slot),
    "focus": ("/planner?add=2026-11-19T16:00&kind=focus", "/focus-windows", {"kind": "focus", **TIMES}, FocusWindow),
    "goal": ("/goals/new", "/goals", GOAL, Goal),
}


@pytest.fixture
def door(as_, csrf):
    def enter(person):
        client = as_(person)
        return Door(client, csrf(client))

    return enter


@pytest.fixture(autouse=True)
def _noon(clock_at):
    clock_at("2026-11-18T11:00:00Z")


def key_on(page: str, action: str) -> str:
    form = next(found for found in re.findall(r"<form.*?</form>", page, re.DOTALL) if f'action="{action}"' in found)
    return re.search(r'name="once" value="([^"]+)"', form)[1]


def count(session, model) -> int:
    session.expire_all()
    return session.scalar(select(func.count()).select_from(model))


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize("form", list(FORMS))
def test_a_form_that_comes_twice_takes_effect_once(door, cast, session, form, htmx):
    page, action, fields, model = FORMS[form]
    person = door(cast.student)
    key = key_on(person.get(page).text, action)
    first, again = (person.post(action, htmx=htmx, once=key, **fields) for _ in range(2))
    assert (first.status_code, again.status_code) in {(303, 303), (204, 204), (200, 204)}
    for header in ("Location", "HX-Redirect"):
        assert first.headers.get(header) == again.headers.get(header)
    assert count(session, model) == 1


def test_what_was_changed_on_the_way_back_is_something_else(door, cast, session):
    person = door(cast.student)
    key = key_on(person.get("/tasks/new").text, "/tasks")
    for title in ("Essay", "Essay", "Poem"):
        person.post("/tasks", once=key, title=title)
    assert sorted(session.scalars(select(Task.title))) == ["Essay", "Poem"]


def test_the_same_again_from_a_fresh_page_is_wanted(door, cast, session):
    person = door(cast.student)
    for _ in range(2):
        person.post("/tasks", once=key_on(person.get("/tasks/new").text, "/tasks"), title="Essay")
    assert count(session, Task) == 2


def test_a_refused_form_leaves_its_key_free(door, cast, session):
    person = door(cast.student)
    key = key_on(person.get("/goals/new").text, "/goals")
    assert person.post("/goals", once=key, **{**GOAL, "target_value": "0"}).status_code == 422
    assert person.post("/goals", once=key, **GOAL).status_code == 303
    assert count(session, Goal) == 1


def test_a_key_is_its_persons_own(door, cast, session):
    key = key_on(door(cast.student).get("/tasks/new").text, "/tasks")
    for person in (cast.student, cast.classmate):
        assert door(person).post("/tasks", once=key, title="Essay").status_code == 303
    assert count(session, Task) == 2


@pytest.mark.parametrize("key", ["", "short", "x" * 300, "a key with spaces in it", "ключ-ключ-ключ-ключ"])
def test_what_is_no_key_is_passed_over(door, cast, session, key):
    assert door(cast.student).post("/tasks", once=key, title="Essay").status_code == 303
    assert count(session, Task) == 1


def test_it_says_that_nothing_was_doubled(door, cast):
    person = door(cast.student)
    key = key_on(person.get("/planner").text, "/planner/quick")
    person.post("/planner/quick", htmx=True, once=key, text="Maths tomorrow 16:00 1h")
    again = person.post("/planner/quick", htmx=True, once=key, text="Maths tomorrow 16:00 1h")
    assert toast_of(again)["message"] == "This was sent twice; it is there once."
