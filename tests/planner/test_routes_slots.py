"""Planning time through the front door: plain forms and htmx, good input and bad."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from tests.planner.doors import events_of, field_value, toast_of, words
from tests.planner.plans import category, focus, task
from webapp.planner import service
from webapp.planner.models import FocusWindow, Slot, Task

TIMES = {"starts_at": "2026-11-18T16:00", "ends_at": "2026-11-18T17:30"}
WEEK = "/planner?week=2026-W47&day=2026-11-18"


@pytest.fixture(autouse=True)
def _noon(clock_at):
    clock_at("2026-11-18T11:00:00Z")


@pytest.fixture
def planned(session, cast):
    made = task(session, cast.student.viewer, "Sheet 4", ("2026-11-18T16:00", 60))
    session.commit()
    return made


@pytest.fixture
def slot(session, planned):
    return session.scalars(select(Slot).where(Slot.task_id == planned.id)).one()


def slots_of(session, person):
    statement = select(Slot).where(Slot.user_id == person.id).order_by(Slot.starts_at)
    found = session.scalars(statement.execution_options(populate_existing=True)).all()
    session.commit()
    return found


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class TestAdding:
    def test_a_new_task_by_a_plain_form(self, door, cast, session):
        maths = category(session, cast.student.viewer, "Maths")
        session.commit()
        person = door(cast.student)
        answer = person.post("/slots", title="Essay", category_id=str(maths.id), **TIMES)
        assert answer.status_code == 303
        assert answer.location == WEEK
        (made,) = slots_of(session, cast.student)
        assert (made.starts_at, made.ends_at) == (utc("2026-11-18T15:00"), utc("2026-11-18T16:30"))
        assert session.get(Task, made.task_id).category_id == maths.id
        assert "Planned: Essay." in person.get(answer.location).text

    def test_an_existing_task_by_htmx(self, door, cast, session, planned):
        answer = door(cast.student).post("/slots", htmx=True, task_id=str(planned.id), title="", **TIMES)
        assert answer.status_code == 204
        assert "planner-changed" in events_of(answer)
        assert toast_of(answer)["message"] == "Planned: Sheet 4."
        assert {made.task_id for made in slots_of(session, cast.student)} == {planned.id}

    def test_the_second_of_two_hours(self, door, cast, session):
        times = {"starts_at": "2026-10-25T02:15", "ends_at": "2026-10-25T02:45"}
        door(cast.student).post("/slots", title="First", **times)
        door(cast.student).post("/slots", title="Second", second="true", **times)
        assert [made.starts_at for made in slots_of(session, cast.student)] == [
            utc("2026-10-25T00:15"),
            utc("2026-10-25T01:15"),
        ]

    @pytest.mark.parametrize(
        ("fields", "message"),
        [
            ({"title": "", **TIMES}, "Say what you will do"),
            ({"title": "Essay", **TIMES, "ends_at": "2026-11-18T16:00"}, "The end must come after the beginning."),
            ({"title": "Essay", **TIMES, "ends_at": "2026-11-20T16:00"}, "At most 24 hours"),
            ({"title": "Essay", **TIMES, "starts_at": "soon"}, "Write an instant like"),
            ({"title": "Essay", "starts_at": "2026-11-18T16:00"}, "This is needed."),
            (
                {"title": "Essay", "starts_at": "2026-03-29T02:30", "ends_at": "2026-03-29T04:00"},
                "the clocks went forward over it",
            ),
            (
                {"title": "Essay", "second": "true", "starts_at": "2026-03-29T02:30", "ends_at": "2026-03-29T04:00"},
                "the clocks went forward over it",
            ),
        ],
    )
    @pytest.mark.parametrize("htmx", [False, True])
    def test_a_refusal_keeps_what_was_typed(self, door, cast, session, fields, message, htmx):
        answer = door(cast.student).post("/slots", htmx=htmx, **fields)
        assert answer.status_code == 422
        assert message in words(answer.text)
        assert field_value(answer.text, "title") == fields["title"]
        assert field_value(answer.text, "starts_at") == fields.get("starts_at")
        assert answer.text.lstrip().startswith('<div id="add-panel"') is htmx
        assert not slots_of(session, cast.student)

    def test_someone_elses_task_is_not_there(self, door, cast, session, planned):
        for other in (cast.classmate, cast.other_student, cast.teacher):
            assert door(other).post("/slots", task_id=str(planned.id), **TIMES).status_code == 404
            assert not slots_of(session, other)

    def test_the_panel_offers_open_tasks_and_categories(self, door, cast, session, planned):
        category(session, cast.student.viewer, "Maths")
        session.commit()
        panel = door(cast.student).get(f"/planner/add?at=2026-11-18T16:00&task={planned.id}", htmx=True).text
        assert f'<option value="{planned.id}" selected>Sheet 4</option>' in panel
        assert ">Maths</option>" in panel
        focused = door(cast.student).get("/planner/add?at=2026-11-18T16:00&kind=focus", htmx=True).text
        assert "Sheet 4" not in focused

    def test_a_task_chosen_by_its_address_may_be_any_of_ones_own(self, door, cast, session, planned):
        foreign = task(session, cast.classmate.viewer, "Not yours")
        session.commit()
        panel = door(cast.student).get(f"/planner/add?at=2026-11-18T16:00&task={foreign.id}", htmx=True).text
        assert "Not yours" not in panel

    def test_the_panel_is_a_page_without_htmx(self, door, cast):
        answer = door(cast.student).get("/planner/add?at=2026-11-18T16:00&until=2026-11-18T18:00")
        assert answer.status_code == 302
        page = door(cast.student).get(answer.location).text
        assert field_value(page, "ends_at") == "2026-11-18T18:00"


class TestOne:
    def test_the_panel_of_a_slot(self, door, cast, slot):
        panel = door(cast.student).get(f"/slots/{slot.id}", htmx=True).text
        assert panel.lstrip().startswith('<div id="slot-panel"')
        assert "Wednesday 18 November, 16:00–17:00" in words(panel)
        assert field_value(panel, "starts_at") == "2026-11-18T16:00"

    def test_its_address_leads_to_its_week(self, door, cast, slot):
        answer = door(cast.student).get(f"/slots/{slot.id}")
        assert answer.location == f"{WEEK}&slot={slot.id}"
        assert "Sheet 4" in door(cast.student).get(answer.location).text

    @pytest.mark.parametrize("htmx", [False, True])
    def test_changing_its_times(self, door, cast, session, slot, htmx):
        answer = door(cast.student).post(
            f"/slots/{slot.id}", htmx=htmx, starts_at="2026-11-19T09:00", ends_at="2026-11-19T09:50"
        )
        assert answer.status_code == (204 if htmx else 303)
        (changed,) = slots_of(session, cast.student)
        assert (changed.starts_at, changed.ends_at) == (utc("2026-11-19T08:00"), utc("2026-11-19T08:50"))

    @pytest.mark.parametrize("htmx", [False, True])
    def test_refused_times_come_back_as_typed(self, door, cast, session, slot, htmx):
        answer = door(cast.student).post(
            f"/slots/{slot.id}", htmx=htmx, starts_at="2026-11-18T16:00", ends_at="2026-11-18T15:00"
        )
        assert answer.status_code == 422
        assert "The end must come after the beginning." in answer.text
        assert field_value(answer.text, "ends_at") == "2026-11-18T15:00"
        assert slots_of(session, cast.student)[0].ends_at == utc("2026-11-18T16:00")

    def test_saving_a_slot_in_the_second_hour_leaves_it_there(self, door, cast, session):
        task(session, cast.student.viewer, "Late", ("2026-10-25T02:15:00+01:00", 30))
        session.commit()
        (late,) = slots_of(session, cast.student)
        panel = door(cast.student).get(f"/slots/{late.id}", htmx=True).text
        assert field_value(panel, "starts_at") == "2026-10-25T02:15"
        door(cast.student).post(
            f"/slots/{late.id}", starts_at="2026-10-25T02:15", ends_at="2026-10-25T02:45", second="true"
        )
        assert slots_of(session, cast.student)[0].starts_at == utc("2026-10-25T01:15")

    def test_moving_it_as_by_dragging(self, door, cast, session, slot):
        answer = door(cast.student).post(
            f"/slots/{slot.id}/move", htmx=True, starts_at="2026-11-20T10:15Z", ends_at="2026-11-20T11:15Z"
        )
        assert answer.status_code == 204
        assert slots_of(session, cast.student)[0].starts_at == utc("2026-11-20T10:15")

    def test_a_refused_move_is_a_problem_above_the_page(self, door, cast, slot):
        answer = door(cast.student).post(
            f"/slots/{slot.id}/move", htmx=True, starts_at="2026-11-20T10:15Z", ends_at="2026-11-20T10:15Z"
        )
        assert answer.status_code == 422
        assert 'id="problem"' in answer.text

    @pytest.mark.parametrize("status", ["open", "completed", "cancelled"])
    def test_it_is_one_click_in_the_week_unless_it_counts_nowhere(self, door, cast, session, slot, status):
        verb = {"completed": service.complete_task, "cancelled": service.cancel_task}.get(status)
        if verb:
            verb(session, cast.student.viewer, slot.task_id)
            session.commit()
        page = door(cast.student).get("/planner?week=2026-W47").text
        assert (f'formaction="/slots/{slot.id}/missed"' in page) is (status != "cancelled")
        assert (f'formaction="/tasks/{slot.task_id}/complete"' in page) is (status == "open")

    @pytest.mark.parametrize("htmx", [False, True])
    def test_missed_and_not_missed(self, door, cast, session, slot, htmx):
        for missed in (True, False):
            answer = door(cast.student).post(f"/slots/{slot.id}/missed", htmx=htmx, missed=str(missed).lower())
            assert answer.status_code == (204 if htmx else 303)
            assert slots_of(session, cast.student)[0].missed is missed

    @pytest.mark.parametrize("htmx", [False, True])
    def test_deleting_and_undoing(self, door, cast, session, slot, htmx):
        person = door(cast.student)
        answer = person.post(f"/slots/{slot.id}/delete", htmx=htmx)
        assert not slots_of(session, cast.student)
        way_back = toast_of(answer)["undo"] if htmx else _undo_on(person.get(answer.location).text)
        again = person.post(way_back, htmx=htmx)
        assert again.status_code == (204 if htmx else 303)
        assert [found.id for found in slots_of(session, cast.student)] == [slot.id]

    def test_undo_stays_on_the_page_where_the_button_was(self, door, cast, slot):
        person = door(cast.student)
        way_back = toast_of(person.post(f"/slots/{slot.id}/delete", htmx=True))["undo"]
        data = {"csrf_token": person.token}
        answer = person.client.post(way_back, data=data, headers={"Referer": "http://localhost/tasks?q=maths"})
        assert answer.location == "/tasks?q=maths"

    def test_a_form_may_say_where_to_go(self, door, cast, slot):
        answer = door(cast.student).post(f"/slots/{slot.id}/missed", missed="true", next="/tasks?status=all")
        assert answer.location == "/tasks?status=all"
        elsewhere = door(cast.student).post(f"/slots/{slot.id}/missed", missed="true", next="https://example.org/")
        assert elsewhere.location == WEEK


class TestFocusWindows:
    def windows(self, session, person):
        found = session.scalars(select(FocusWindow).where(FocusWindow.user_id == person.id)).all()
        session.commit()
        return found

    @pytest.mark.parametrize("htmx", [False, True])
    def test_keeping_time_free(self, door, cast, session, htmx):
        answer = door(cast.student).post("/focus-windows", htmx=htmx, kind="focus", **TIMES)
        assert answer.status_code == (204 if htmx else 303)
        assert [window.starts_at for window in self.windows(session, cast.student)] == [utc("2026-11-18T15:00")]

    @pytest.mark.parametrize("htmx", [False, True])
    def test_a_refusal_keeps_what_was_typed(self, door, cast, session, htmx):
        fields = {**TIMES, "ends_at": "2026-11-18T15:00", "kind": "focus"}
        answer = door(cast.student).post("/focus-windows", htmx=htmx, **fields)
        assert answer.status_code == 422
        assert field_value(answer.text, "ends_at") == "2026-11-18T15:00"
        assert 'action="/focus-windows"' in answer.text
        assert not self.windows(session, cast.student)

    def test_a_kind_that_is_none_is_refused_like_any_field(self, door, cast):
        person = door(cast.student)
        assert person.post("/focus-windows", kind="party", **TIMES).status_code == 422
        refused = person.post("/slots", kind="party", title="Essay", **TIMES)
        assert (refused.status_code, field_value(refused.text, "title")) == (422, "Essay")

    def test_looking_at_one_and_deleting_it(self, door, cast, session):
        window = focus(session, cast.student.viewer, "2026-11-19T15:00", 120)
        session.commit()
        person = door(cast.student)
        assert "Thursday 19 November, 15:00–17:00" in words(person.get(f"/focus-windows/{window.id}", htmx=True).text)
        page = person.get(person.get(f"/focus-windows/{window.id}").location).text
        assert "Delete focus window" in page
        undo = toast_of(person.post(f"/focus-windows/{window.id}/delete", htmx=True))["undo"]
        assert not self.windows(session, cast.student)
        person.post(undo)
        assert [found.id for found in self.windows(session, cast.student)] == [window.id]


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ("/slots/{slot}", TIMES),
        ("/slots/{slot}/move", TIMES),
        ("/slots/{slot}/missed", {"missed": "true"}),
        ("/slots/{slot}/delete", {}),
        ("/focus-windows/{focus}/delete", {}),
    ],
)
def test_nobody_else_can_touch_it(door, cast, session, client, slot, address, fields):
    window = focus(session, cast.student.viewer, "2026-11-19T15:00", 120)
    session.commit()
    url = address.format(slot=slot.id, focus=window.id)
    for other in (cast.classmate, cast.teacher, cast.manager, cast.admin, cast.other_student):
        assert door(other).post(url, **fields).status_code == 404
    assert client.post(url, data=fields).status_code in {303, 400}
    assert slots_of(session, cast.student)[0].starts_at == utc("2026-11-18T15:00")


def _undo_on(page: str) -> str:
    return re.search('data-undo="([^"]+)"', page)[1]
