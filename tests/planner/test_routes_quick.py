"""Adding by a line of text, through the front door; and the way back from a delete."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from tests.planner.doors import events_of, field_value, toast_of, words
from tests.planner.plans import category, focus, task
from webapp.db.base import new_id
from webapp.planner.models import Slot, Task


@pytest.fixture(autouse=True)
def _noon(clock_at):
    clock_at("2026-11-18T11:00:00Z")


def test_the_preview_says_what_was_understood(door, cast, session):
    answer = door(cast.student).get("/planner/quick?text=Maths+tomorrow+16:00+1h", htmx=True)
    assert answer.status_code == 200
    assert "Adds “Maths”, Thu 19 Nov 2026, 16:00–17:00." in words(answer.text)
    assert session.scalars(select(Task)).all() == []


@pytest.mark.parametrize("text", ["", "   ", "tomorrow 16:00", "x" * 3000, "%F0%9F%92%A5 %00"])
def test_the_preview_never_fails(door, cast, text):
    assert door(cast.student).get(f"/planner/quick?text={text}", htmx=True).status_code == 200


def test_a_plain_line_leads_to_the_week_it_was_planned_in(door, cast, session):
    answer = door(cast.student).post("/planner/quick", text="Maths 2 December 16:00 1h")
    assert answer.status_code == 303
    assert answer.location == "/planner?week=2026-W49&day=2026-12-02"
    assert session.scalars(select(Slot)).one().starts_at.isoformat() == "2026-12-02T15:00:00+00:00"


def test_a_line_without_a_time_leads_to_the_tasks(door, cast):
    answer = door(cast.student).post("/planner/quick", text="Read the book")
    assert answer.location == "/tasks"


def test_a_line_by_htmx_gives_a_fresh_field(door, cast):
    answer = door(cast.student).post("/planner/quick", htmx=True, text="Maths tomorrow 16:00 1h")
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<form id="quick"')
    assert field_value(answer.text, "text") == ""
    assert "planner-changed" in events_of(answer)
    assert toast_of(answer)["message"] == "Planned “Maths”: Thursday 19 November, 16:00–17:00."


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize("text", ["", "tomorrow 16:00", "x" * 501, "Maths 2026-03-29 2:30"])
def test_a_refused_line_stays_as_typed(door, cast, session, text, htmx):
    answer = door(cast.student).post("/planner/quick", htmx=htmx, text=text)
    assert answer.status_code == 422
    assert field_value(answer.text, "text") == text
    assert 'aria-invalid="true"' in answer.text
    assert session.scalars(select(Task)).all() == []


@pytest.mark.parametrize("htmx", [False, True])
def test_a_refused_line_keeps_the_page_it_was_written_on(door, cast, htmx):
    answer = door(cast.student).post("/planner/quick", htmx=htmx, text="tomorrow 16:00", next="/tasks?status=all")
    assert field_value(answer.text, "next") == "/tasks?status=all"
    elsewhere = door(cast.student).post("/planner/quick", htmx=True, text="tomorrow 16:00", next="https://example.org/")
    assert field_value(elsewhere.text, "next") is None


class TestUndo:
    def test_what_is_not_there_or_not_ones_own(self, door, cast, session):
        made = task(session, cast.student.viewer, "Sheet")
        session.commit()
        way_back = toast_of(door(cast.student).post(f"/tasks/{made.id}/delete", htmx=True))["undo"]
        assert door(cast.student).post(f"/undo/{new_id()}").status_code == 404
        for other in (cast.classmate, cast.other_student, cast.admin):
            assert door(other).post(way_back).status_code == 404
        assert door(cast.student).post(way_back).status_code == 303

    def test_twice_is_once(self, door, cast, session):
        made = task(session, cast.student.viewer, "Sheet")
        session.commit()
        person = door(cast.student)
        way_back = toast_of(person.post(f"/tasks/{made.id}/delete", htmx=True))["undo"]
        assert person.post(way_back).status_code == person.post(way_back).status_code == 303
        assert len(session.scalars(select(Task)).all()) == 1

    def test_what_was_deleted_waits_on_a_page_of_its_own(self, door, cast, session, clock_at):
        me = cast.student.viewer
        maths = category(session, me, "Maths")
        essay = task(session, me, "Essay", ("2026-11-18T16:00", 60), category_id=maths.id)
        kept = task(session, me, "Sheet", ("2026-11-18T18:00", 30))
        window = focus(session, me, "2026-11-18T17:00", 90)
        session.commit()
        slot = session.scalars(select(Slot).where(Slot.task_id == kept.id)).one()
        person = door(cast.student)
        for path in (f"slots/{slot.id}", f"tasks/{essay.id}", f"focus-windows/{window.id}", f"categories/{maths.id}"):
            person.post(f"/{path}/delete", htmx=True)
        page = words(person.get("/planner/deleted").text)
        for line in (
            "Maths Category · until 12:30",
            "Essay Task · until 12:30",
            "Sheet Slot, Wed 18 Nov 2026, 18:00–18:30",
            "Focus window Focus window, Wed 18 Nov 2026, 17:00–18:30",
        ):
            assert line in page
        for way_back in re.findall(r'action="(/undo/[^"]+)"', person.get("/planner/deleted").text):
            answer = person.client.post(
                way_back, data={"csrf_token": person.token}, headers={"Referer": "http://localhost/planner/deleted"}
            )
            assert (answer.status_code, answer.location) == (303, "/planner/deleted")
        assert "Nothing to bring back" in person.get("/planner/deleted").text
        assert len(session.scalars(select(Task)).all()) == len(session.scalars(select(Slot)).all()) == 2
        again = f"/tasks/{kept.id}/delete"
        session.rollback()
        person.post(again, htmx=True)
        assert "Sheet" not in door(cast.classmate).get("/planner/deleted").text
        assert "Sheet" in door(cast.student).get("/planner/deleted").text
        clock_at("2026-11-18T11:30:00Z")
        assert "Sheet" not in door(cast.student).get("/planner/deleted").text

    def test_too_late(self, door, cast, session, clock_at):
        made = task(session, cast.student.viewer, "Sheet")
        session.commit()
        person = door(cast.student)
        way_back = toast_of(person.post(f"/tasks/{made.id}/delete", htmx=True))["undo"]
        clock_at("2026-11-18T13:00:00Z")
        answer = person.post(way_back)
        assert answer.status_code == 409
        assert "can no longer be brought back" in answer.text
