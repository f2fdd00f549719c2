"""The task list and the form of a task, through the front door."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import event, select

from tests.planner.doors import events_of, field_value, toast_of, words
from tests.planner.plans import at, category, points, task
from webapp.planner import service
from webapp.planner.models import Priority, Task, TaskStatus


@pytest.fixture(autouse=True)
def _noon(clock_at):
    clock_at("2026-11-18T11:00:00Z")


@pytest.fixture
def essay(session, cast):
    made = task(session, cast.student.viewer, "Essay", notes="About the Hanse", due_at=at("2026-11-20T18:00"))
    session.commit()
    return made


def found(session, made):
    row = session.get(Task, made.id, populate_existing=True)
    session.commit()
    return row


def titles(page):
    return re.findall(r'class="task-title"[^>]*>([^<]*)<', page)


class TestList:
    @pytest.fixture(autouse=True)
    def tasks(self, session, cast):
        me = cast.student.viewer
        maths = category(session, me, "Maths")
        self.maths = maths.id
        task(session, me, "Sheet 4", ("2026-11-18T16:00", 60), category_id=maths.id, due_at=at("2026-11-19T08:00"))
        task(session, me, "Late one", due_at=at("2026-11-16T08:00"), priority=Priority.HIGH)
        task(session, me, "Someday", notes="read the Odyssey")
        done = task(session, me, "Finished", ("2026-11-10T10:00", 30))
        service.complete_task(session, me, done.id, at("2026-11-10T11:00"))
        service.cancel_task(session, me, task(session, me, "Called off").id)
        task(session, cast.classmate.viewer, "Not yours")
        session.commit()

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("", ["Late one", "Sheet 4", "Someday"]),
            ("status=completed", ["Finished"]),
            ("status=cancelled", ["Called off"]),
            ("status=all&sort=title", ["Called off", "Finished", "Late one", "Sheet 4", "Someday"]),
            ("q=ODYSSEY", ["Someday"]),
            ("q=sheet", ["Sheet 4"]),
            ("category_id=none&sort=created", ["Late one", "Someday"]),
            ("priority=high", ["Late one"]),
            ("period=this-week", ["Late one", "Sheet 4"]),
            ("period=today", ["Sheet 4"]),
            ("status=all&period=last-week", ["Finished"]),
            ("start_date=2026-11-19", ["Sheet 4"]),
            ("end_date=2026-11-16&period=today", ["Late one"]),
            ("sort=priority&limit=1", ["Late one"]),
            ("limit=1&offset=1", ["Sheet 4"]),
        ],
    )
    def test_the_address_says_which(self, door, cast, query, expected):
        assert titles(door(cast.student).get(f"/tasks?{query}").text) == expected

    def test_by_category_with_a_chip_that_closes(self, door, cast):
        page = door(cast.student).get(f"/tasks?category_id={self.maths}&q=sheet&sort=title").text
        assert titles(page) == ["Sheet 4"]
        assert "Category: Maths" not in words(page)
        assert 'aria-label="Remove the filter Maths"' in page
        assert '<a class="chip" href="/tasks?q=sheet&amp;sort=title"' in page
        assert f'<a class="chip" href="/tasks?category_id={self.maths}&amp;sort=title"' in page

    def test_a_priority_is_chosen_in_the_form_that_keeps_it(self, door, cast):
        page = door(cast.student).get("/tasks?priority=high").text
        assert '<option value="high" selected>High priority</option>' in page

    def test_tabs_keep_the_other_filters(self, door, cast):
        page = door(cast.student).get("/tasks?q=sheet").text
        assert 'href="/tasks?q=sheet&amp;status=completed"' in page
        assert re.search(r'href="/tasks\?q=sheet" aria-current="true"', page)

    def test_what_a_row_says(self, door, cast):
        text = words(door(cast.student).get("/tasks?status=all").text)
        assert "Was due Mon 16 Nov, 08:00" in text
        assert "Due tomorrow, 08:00" in text
        assert "today, 16:00" in text
        assert "Not planned yet" in text
        assert "Done Tue 10 Nov, 11:00" in text

    def test_pages(self, door, cast):
        page = door(cast.student).get("/tasks?limit=2&sort=title").text
        assert "1 to 2 of 3 tasks" in words(page)
        assert 'href="/tasks?limit=2&amp;offset=2&amp;sort=title"' in page or "offset=2" in page

    def test_the_list_alone_for_htmx(self, door, cast):
        answer = door(cast.student).get("/tasks", htmx=True)
        assert answer.text.lstrip().startswith('<section id="task-list"')

    def test_five_kinds_of_emptiness_have_their_own_words(self, door, cast, session):
        said = {
            words(door(person).get(f"/tasks?{query}").text.split('id="task-list"')[1])
            for person, query in [
                (cast.teacher, ""),
                (cast.student, "q=zebra"),
                (cast.student, "offset=50"),
                (cast.classmate, "status=completed"),
            ]
        }
        assert len(said) == 4
        assert any("No tasks yet" in text for text in said)
        assert any("Nothing matches" in text for text in said)
        assert any("past the end" in text for text in said)
        assert any("No completed tasks" in text for text in said)

    def test_all_done_is_no_failure(self, door, cast, session):
        made = task(session, cast.manager.viewer, "Only one")
        service.complete_task(session, cast.manager.viewer, made.id)
        session.commit()
        assert "All done" in words(door(cast.manager).get("/tasks").text)

    @pytest.mark.parametrize(
        "query", ["status=lost", "sort=colour", "limit=0", "limit=101", "offset=-1", "start_date=x"]
    )
    def test_an_address_that_means_nothing_is_refused_readably(self, door, cast, query):
        assert door(cast.student).get(f"/tasks?{query}").status_code == 422

    def test_statements_do_not_grow_with_the_list(self, door, cast, session, engine):
        person = door(cast.student)
        few = _count(engine, lambda: person.get("/tasks", htmx=True))
        for number in range(25):
            task(session, cast.student.viewer, f"More {number}", (f"2026-11-{16 + number % 7}T08:00", 45))
        session.commit()
        assert _count(engine, lambda: person.get("/tasks", htmx=True)) == few
        assert few <= 6


class TestForm:
    @pytest.mark.parametrize("htmx", [False, True])
    def test_a_new_task(self, door, cast, session, htmx):
        answer = door(cast.student).post(
            "/tasks",
            htmx=htmx,
            title="Essay",
            notes="",
            priority="high",
            due_at="2026-11-20T18:00",
            starts_at="2026-11-19T16:00",
            ends_at="2026-11-19T17:00",
        )
        assert (answer.status_code, answer.headers.get("HX-Redirect")) == ((204, "/tasks") if htmx else (303, None))
        made = session.scalars(select(Task)).one()
        assert (made.title, made.priority) == ("Essay", Priority.HIGH)

    @pytest.mark.parametrize("htmx", [False, True])
    @pytest.mark.parametrize(
        ("fields", "message"),
        [
            ({"title": ""}, "This is needed."),
            ({"title": "x" * 201}, "at most 200"),
            ({"title": "Essay", "due_at": "tomorrow"}, "Write an instant like"),
            ({"title": "Essay", "due_at": "2026-03-29T02:30"}, "does not exist"),
            ({"title": "Essay", "priority": "vital"}, "low"),
            ({"title": "Essay", "category_id": "01a1f8a0-de4f-7665-a0fb-06b0e6665d99"}, "categor"),
            ({"title": "Essay", "starts_at": "2026-11-19T16:00"}, "Give both"),
        ],
    )
    def test_a_refusal_keeps_what_was_typed(self, door, cast, session, fields, message, htmx):
        answer = door(cast.student).post("/tasks", htmx=htmx, notes="kept “as is”", **fields)
        assert answer.status_code == 422
        assert message in words(answer.text)
        assert field_value(answer.text, "title") == fields["title"]
        assert "kept “as is”" in answer.text
        assert answer.text.lstrip().startswith('<form id="task-form"') is htmx
        assert session.scalars(select(Task)).all() == []

    def test_editing(self, door, cast, session, essay):
        page = door(cast.student).get(f"/tasks/{essay.id}/edit").text
        assert field_value(page, "title") == "Essay"
        assert field_value(page, "due_at") == "2026-11-20T18:00"
        assert "About the Hanse" in page
        answer = door(cast.student).post(
            f"/tasks/{essay.id}/edit", title="Essay, long", notes="", priority="low", due_at="", category_id=""
        )
        assert answer.status_code == 303
        changed = found(session, essay)
        assert (changed.title, changed.notes, changed.due_at) == ("Essay, long", "", None)

    def test_a_due_time_that_comes_twice_survives_saving(self, door, cast, session):
        made = task(session, cast.student.viewer, "Night", due_at=at("2026-10-25T02:30:00+01:00"))
        session.commit()
        before = found(session, made).due_at
        door(cast.student).post(
            f"/tasks/{made.id}/edit", title="Night", notes="", priority="medium", due_at="2026-10-25T02:30"
        )
        assert found(session, made).due_at == before

    @pytest.mark.parametrize("htmx", [False, True])
    def test_a_refused_edit_changes_nothing(self, door, cast, session, essay, htmx):
        answer = door(cast.student).post(f"/tasks/{essay.id}/edit", htmx=htmx, title=" ", priority="low")
        assert answer.status_code == 422
        assert found(session, essay).priority is Priority.MEDIUM

    def test_its_slots_are_listed(self, door, cast, session):
        made = task(session, cast.student.viewer, "Sheet", ("2026-11-18T16:00", 60), ("2026-11-19T16:00", 45))
        session.commit()
        text = words(door(cast.student).get(f"/tasks/{made.id}/edit").text)
        assert "Wed 18 Nov 2026 , 16:00–17:00" in text or "Wed 18 Nov 2026, 16:00–17:00" in text
        assert "1 h 45 min" in text

    def test_the_way_back_is_kept(self, door, cast, essay):
        page = door(cast.student).get(f"/tasks/{essay.id}/edit?next=/planner?week=2026-W47").text
        assert field_value(page, "next") == "/planner?week=2026-W47"
        elsewhere = door(cast.student).get(f"/tasks/{essay.id}/edit?next=//example.org").text
        assert "example.org" not in elsewhere


class TestActs:
    @pytest.mark.parametrize("htmx", [False, True])
    def test_completing_and_reopening(self, door, cast, session, essay, htmx):
        person = door(cast.student)
        answer = person.post(f"/tasks/{essay.id}/complete", htmx=htmx)
        assert answer.status_code == (204 if htmx else 303)
        assert found(session, essay).status is TaskStatus.COMPLETED
        if htmx:
            assert "planner-changed" in events_of(answer)
            assert toast_of(answer)["undo"] == f"/tasks/{essay.id}/reopen"
        person.post(f"/tasks/{essay.id}/reopen", htmx=htmx)
        assert found(session, essay).status is TaskStatus.OPEN

    def test_what_was_done_yesterday_counts_yesterday(self, door, cast, session, essay):
        person, address = door(cast.student), f"/tasks/{essay.id}/complete"
        assert f'action="{address}"' in person.get(f"/tasks/{essay.id}/edit").text
        for wrong, said in (("2026-11-18T18:00", "in the future"), ("soon", "date")):
            answer = person.post(address, completed_at=wrong)
            assert (answer.status_code, field_value(answer.text, "completed_at")) == (422, wrong)
            assert said in answer.text
            assert found(session, essay).status is TaskStatus.OPEN
        session.rollback()
        assert person.post(address, completed_at="2026-11-17T20:30").status_code == 303
        assert found(session, essay).completed_at.isoformat() == "2026-11-17T19:30:00+00:00"
        assert points(session, cast.student.viewer) == {date(2026, 11, 17): 10}

    @pytest.mark.parametrize("htmx", [False, True])
    def test_cancelling(self, door, cast, session, essay, htmx):
        door(cast.student).post(f"/tasks/{essay.id}/cancel", htmx=htmx)
        assert found(session, essay).status is TaskStatus.CANCELLED

    def test_a_completed_task_is_not_cancelled(self, door, cast, session, essay):
        person = door(cast.student)
        person.post(f"/tasks/{essay.id}/complete")
        assert person.post(f"/tasks/{essay.id}/cancel").status_code == 409
        assert found(session, essay).status is TaskStatus.COMPLETED

    @pytest.mark.parametrize("htmx", [False, True])
    def test_deleting_and_undoing(self, door, cast, session, htmx):
        made = task(session, cast.student.viewer, "Sheet", ("2026-11-18T16:00", 60))
        session.commit()
        person = door(cast.student)
        answer = person.post(f"/tasks/{made.id}/delete", htmx=True)
        assert found(session, made) is None
        person.post(toast_of(answer)["undo"], htmx=htmx)
        assert found(session, made).title == "Sheet"

    @pytest.mark.parametrize("htmx", [False, True])
    def test_completing_several_at_once(self, door, cast, session, essay, htmx):
        other = task(session, cast.student.viewer, "Other")
        foreign = task(session, cast.classmate.viewer, "Not yours")
        session.commit()
        person = door(cast.student)
        data = {"csrf_token": person.token, "ids": [str(essay.id), str(other.id)]}
        answer = person.client.post("/tasks/complete", data=data, headers={"HX-Request": "true"} if htmx else {})
        assert answer.status_code == (204 if htmx else 303)
        assert {found(session, made).status for made in (essay, other)} == {TaskStatus.COMPLETED}
        assert found(session, foreign).status is TaskStatus.OPEN

    def test_several_completed_at_once_are_opened_again_at_once(self, door, cast, session, essay, clock_at):
        others = [task(session, cast.student.viewer, f"Other {n}") for n in range(2)]
        session.commit()
        person, ids = door(cast.student), [str(made.id) for made in (essay, *others)]
        answer = person.client.post(
            "/tasks/complete", data={"csrf_token": person.token, "ids": ids}, headers={"HX-Request": "true"}
        )
        clock_at("2026-11-18T11:05:00Z")
        person.post(f"/tasks/{essay.id}/reopen")
        person.post(f"/tasks/{others[0].id}/reopen")
        person.client.post(f"/tasks/{others[0].id}/complete", data={"csrf_token": person.token})
        way_back = toast_of(answer)["undo"]
        assert door(cast.classmate).post(way_back).status_code == 404
        for _ in range(2):
            assert toast_of(person.post(way_back, htmx=True))["message"] == "1 task is open again."
        assert [found(session, made).status for made in (essay, *others)] == [
            *(TaskStatus.OPEN, TaskStatus.COMPLETED, TaskStatus.OPEN),
        ]
        assert sum(points(session, cast.student.viewer).values()) == 10
        assert "Nothing to bring back" in person.get("/planner/deleted").text

    def test_picking_nothing_is_refused(self, door, cast):
        assert door(cast.student).post("/tasks/complete").status_code == 422


@pytest.mark.parametrize("verb", ["edit", "complete", "reopen", "cancel", "delete"])
def test_nobody_else_can_touch_it(door, cast, session, client, essay, verb):
    url = f"/tasks/{essay.id}/{verb}"
    for other in (cast.classmate, cast.teacher, cast.manager, cast.admin, cast.other_student):
        assert door(other).post(url, title="Mine now", priority="low").status_code == 404
    assert client.post(url).status_code in {303, 400}
    assert found(session, essay).title == "Essay"
    assert found(session, essay).status is TaskStatus.OPEN
    assert door(cast.classmate).get(f"/tasks/{essay.id}/edit").status_code == 404


def _count(engine, ask):
    seen = []

    def note(_connection, _cursor, statement, *_rest):
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        assert ask().status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(seen)
