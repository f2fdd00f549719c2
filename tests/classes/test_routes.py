"""The pages of classes, through the front door."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from tests.classes.groups import enrolled, group, person
from tests.planner.doors import field_value, toast_of, words
from tests.rest.dates import term
from webapp.classes.models import ClassGroup, ClassTeacher, Enrolment
from webapp.schools.models import LeaderboardMode

BOTH = pytest.mark.parametrize("htmx", [False, True])


@pytest.fixture
def made(session, cast):
    found = group(session, cast.school, teachers=[cast.teacher], students=[cast.student])
    session.commit()
    return found


@pytest.fixture
def enrolment(session, made):
    found = session.scalars(select(Enrolment)).one()
    session.commit()
    return found


def count(session, model=ClassGroup) -> int:
    found = session.scalar(select(func.count()).select_from(model))
    session.commit()
    return found


def reread(session, row):
    session.refresh(row)
    session.commit()
    return row


class TestList:
    def test_nothing_yet(self, door, cast):
        page = words(door(cast.teacher).get("/classes").text)
        assert "No classes yet" in page
        assert "No archived classes" in words(door(cast.teacher).get("/classes?archived=true").text)

    def test_rows_filters_and_chips(self, door, cast, session, made):
        term(session, cast.school, date(2026, 9, 1), date(2026, 12, 18), "Autumn")
        group(session, cast.school, "Algebra", term_label="2026J")
        session.commit()
        manager = door(cast.manager)
        page = words(manager.get("/classes").text)
        assert "9B Teacher Example 1 student" in page
        assert "Algebra 2026J · No teacher yet 0 students" in page
        found = manager.get(f"/classes?q=9&teacher_id={cast.teacher.id}").text
        assert "Search: 9" in found
        assert "Teacher: Teacher Example" in found
        assert "Algebra" not in words(found)
        assert "Nothing matches" in words(manager.get("/classes?q=nothing").text)
        assert "past the end" in words(manager.get("/classes?offset=100").text)
        assert "Term: 2026J" in manager.get("/classes?term=2026J").text

    def test_an_admin_sees_schools(self, door, cast, session, made):
        page = door(cast.admin).get(f"/classes?school_id={cast.school.id}")
        assert "Northfield School · Teacher Example" in words(page.text)
        assert "School: Northfield School" in page.text

    def test_a_fragment_is_the_list_alone(self, door, cast, made):
        assert door(cast.teacher).get("/classes", htmx=True).text.lstrip().startswith('<section id="class-list"')

    @pytest.mark.parametrize("query", ["limit=0", "offset=-1", "teacher_id=x", "archived=perhaps", "colour=red"])
    def test_an_address_that_says_nothing(self, door, cast, query):
        assert door(cast.manager).get(f"/classes?{query}").status_code == 422

    def test_who_may(self, door, cast, client):
        assert door(cast.student).get("/classes").status_code == 403
        assert client.get("/classes").headers["Location"].startswith("/login")

    def test_the_menu_leads_there_for_those_who_may(self, door, cast):
        assert 'href="/classes"' in door(cast.teacher).get("/tasks").text
        assert 'href="/classes"' not in door(cast.student).get("/tasks").text


class TestMaking:
    @BOTH
    def test_a_class(self, door, cast, session, htmx):
        fields = {"name": "9B", "term": "2026J", "starts_on": "2026-09-01", "leaderboard_mode": "off"}
        teachers = [str(cast.teacher.id), str(cast.manager.id)]
        answer = door(cast.teacher).post("/classes", htmx=htmx, **fields, teacher_ids=teachers)
        found = session.scalars(select(ClassGroup)).one()
        assert answer.headers["HX-Redirect" if htmx else "Location"] == f"/classes/{found.id}"
        assert (found.term_label, found.starts_on, found.leaderboard_mode) == (
            "2026J",
            date(2026, 9, 1),
            LeaderboardMode.OFF,
        )
        assert count(session, ClassTeacher) == 2

    @BOTH
    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"name": ""}, "This is needed."),
            ({"name": "x" * 101}, "at most 100"),
            ({"ends_on": "2026-08-31"}, "must not be before the first"),
            ({"starts_on": "1.9.2026"}, "Write a date like"),
            ({"teacher_ids": "01a00000-0000-7000-8000-000000000000"}, "Name teachers or managers of this school"),
        ],
    )
    def test_a_refusal_keeps_what_was_typed(self, door, cast, session, wrong, message, htmx):
        fields = {"name": "9B", "starts_on": "2026-09-01", "teacher_ids": str(cast.teacher.id), **wrong}
        answer = door(cast.manager).post("/classes", htmx=htmx, **fields)
        assert (answer.status_code, count(session)) == (422, 0)
        assert message in words(answer.text)
        assert field_value(answer.text, "name") == fields["name"]
        assert (f'value="{cast.teacher.id}" checked' in answer.text) is ("teacher_ids" not in wrong)
        assert answer.text.lstrip().startswith('<form id="class-form"') is htmx

    def test_an_admin_chooses_a_school(self, door, cast, session):
        page = door(cast.admin).get("/classes/new").text
        assert f'<option value="{cast.school.id}">Northfield School</option>' in page
        door(cast.admin).post("/classes", name="9B", school_id=str(cast.school.id))
        assert session.scalars(select(ClassGroup)).one().school_id == cast.school.id

    def test_who_may(self, door, cast, client, session):
        assert door(cast.student).post("/classes", name="x").status_code == 403
        assert door(cast.student).get("/classes/new").status_code == 403
        assert client.post("/classes", data={"name": "x"}).status_code in {303, 400}
        assert door(cast.manager).post("/classes", name="x", school_id=str(cast.other_school.id)).status_code == 422
        assert count(session) == 0


class TestPage:
    def test_it_shows_students_and_facts(self, door, cast, made):
        page = words(door(cast.teacher).get(f"/classes/{made.id}").text)
        assert "Student Example" in page
        assert "About this class" in page
        assert "As in the school" in page

    def test_a_fragment_is_the_list_of_students(self, door, cast, made):
        answer = door(cast.teacher).get(f"/classes/{made.id}?state=ended", htmx=True)
        assert answer.text.lstrip().startswith('<section id="class-students"')
        assert "Nobody has left" in words(answer.text)

    def test_states_and_search(self, door, cast, session, made):
        enrolled(session, made, cast.classmate, date(2099, 1, 1))
        for number in range(12):
            enrolled(session, made, person(session, cast.school, last_name=f"Nr {number:02}"))
        session.commit()
        teacher = door(cast.teacher)
        assert "Classmate Example" not in words(teacher.get(f"/classes/{made.id}").text)
        assert "Begins 1 Jan 2099" in words(teacher.get(f"/classes/{made.id}?state=upcoming").text)
        assert "Zoë Nr 07" in words(teacher.get(f"/classes/{made.id}?q=nr 07").text)
        assert "Nobody matches" in words(teacher.get(f"/classes/{made.id}?q=nothing").text)
        assert "offset=5" in teacher.get(f"/classes/{made.id}?limit=5").text
        assert "past the end" in words(teacher.get(f"/classes/{made.id}?offset=50").text)
        assert teacher.get(f"/classes/{made.id}?state=asleep").status_code == 422

    @pytest.mark.parametrize("who", ["other_manager", "other_teacher"])
    @pytest.mark.parametrize("path", ["", "/edit", "/enrol"])
    def test_outsiders_find_nothing(self, door, cast, made, who, path):
        assert door(getattr(cast, who)).get(f"/classes/{made.id}{path}").status_code == 404

    @pytest.mark.parametrize("path", ["", "/edit", "/enrol"])
    def test_students_and_strangers(self, door, cast, client, made, path):
        assert door(cast.student).get(f"/classes/{made.id}{path}").status_code == 403
        assert client.get(f"/classes/{made.id}{path}").status_code == 303


class TestChanging:
    @BOTH
    def test_all_fields_at_once(self, door, cast, session, made, htmx):
        answer = door(cast.teacher).post(
            f"/classes/{made.id}/edit", htmx=htmx, name="9C", teacher_ids=[str(cast.teacher.id), str(cast.manager.id)]
        )
        assert answer.headers["HX-Redirect" if htmx else "Location"] == f"/classes/{made.id}"
        assert (reread(session, made).name, made.leaderboard_mode) == ("9C", None)
        assert count(session, ClassTeacher) == 2
        page = door(cast.teacher).get(f"/classes/{made.id}/edit").text
        assert field_value(page, "name") == "9C"
        assert f'value="{cast.manager.id}" checked' in page

    @BOTH
    def test_a_refusal_keeps_what_was_typed(self, door, cast, session, made, htmx):
        answer = door(cast.teacher).post(
            f"/classes/{made.id}/edit", htmx=htmx, name="9C", teacher_ids=str(cast.other_teacher.id)
        )
        assert (answer.status_code, reread(session, made).name) == (422, "9B")
        assert "Name teachers or managers of this school" in words(answer.text)
        assert field_value(answer.text, "name") == "9C"

    def test_teachers_stay_whatever_boxes_they_tick(self, door, cast, session, made):
        page = door(cast.teacher).get(f"/classes/{made.id}/edit").text
        assert f'value="{cast.teacher.id}" checked disabled' in page
        door(cast.teacher).post(f"/classes/{made.id}/edit", name="9C")
        assert session.scalars(select(ClassTeacher.user_id)).all() == [cast.teacher.id]

    @BOTH
    def test_archiving_can_be_undone(self, door, cast, session, made, htmx):
        teacher = door(cast.teacher)
        answer = teacher.post(f"/classes/{made.id}/archive", htmx=htmx)
        assert answer.status_code == (204 if htmx else 303)
        assert reread(session, made).archived_at is not None
        page = teacher.get("/classes").text
        assert f'data-undo="/classes/{made.id}/restore"' in page
        assert teacher.get(f"/classes/{made.id}").status_code == 200
        teacher.post(f"/classes/{made.id}/restore", htmx=htmx)
        assert reread(session, made).archived_at is None

    @pytest.mark.parametrize("verb", ["edit", "archive", "restore", "enrol", "enrol-again"])
    def test_who_may(self, door, cast, session, client, made, verb):
        fields = {"name": "x", "user_ids": str(cast.classmate.id)}
        for who, status in ((cast.other_manager, 404), (cast.other_teacher, 404), (cast.student, 403)):
            assert (
                door(who).post(f"/classes/{made.id}/{verb}?user_ids={cast.classmate.id}", **fields).status_code
                == status
            )
        assert client.post(f"/classes/{made.id}/{verb}", data=fields).status_code in {303, 400}
        assert (reread(session, made).name, made.archived_at, count(session, Enrolment)) == ("9B", None, 1)


class TestEnrolling:
    def test_the_search_offers_who_is_not_in_the_class(self, door, cast, made):
        page = door(cast.teacher).get(f"/classes/{made.id}/enrol?find=example").text
        assert "Classmate Example" in words(page)
        assert "student@school.test" not in page
        assert "Nobody found" in words(door(cast.teacher).get(f"/classes/{made.id}/enrol?find=qqq").text)
        fragment = door(cast.teacher).get(f"/classes/{made.id}/enrol?find=exa", htmx=True).text
        assert fragment.lstrip().startswith('<section id="enrol"')

    def test_everybody_is_in(self, door, cast, session, made):
        enrolled(session, made, cast.classmate)
        session.commit()
        assert "Everybody is in" in words(door(cast.teacher).get(f"/classes/{made.id}/enrol").text)

    @BOTH
    def test_enrolling(self, door, cast, session, made, htmx):
        fields = {"user_ids": [str(cast.classmate.id)], "begins_on": "2026-09-01"}
        answer = door(cast.teacher).post(f"/classes/{made.id}/enrol?find=exa", htmx=htmx, **fields)
        assert answer.headers["HX-Redirect" if htmx else "Location"] == f"/classes/{made.id}"
        assert count(session, Enrolment) == 2

    @BOTH
    @pytest.mark.parametrize("wrong", ["nobody", "another school", "order", "archived"])
    def test_a_refusal_keeps_the_search_and_the_choice(self, door, cast, session, made, htmx, wrong):
        fields = {"user_ids": [str(cast.classmate.id)]}
        if wrong == "nobody":
            fields = {"begins_on": "2026-09-01"}
        elif wrong == "another school":
            fields["user_ids"].append(str(cast.other_student.id))
        elif wrong == "order":
            fields |= {"begins_on": "2026-09-02", "ends_on": "2026-09-01"}
        else:
            door(cast.teacher).post(f"/classes/{made.id}/archive")
        answer = door(cast.teacher).post(f"/classes/{made.id}/enrol?find=exa", htmx=htmx, **fields)
        assert (answer.status_code, count(session, Enrolment)) == (422, 1)
        assert field_value(answer.text, "find") == "exa"
        assert (f'value="{cast.classmate.id}" checked' in answer.text) is (wrong != "nobody")
        assert answer.text.lstrip().startswith('<section id="enrol"') is htmx

    @BOTH
    def test_taking_out_can_be_undone(self, door, cast, session, made, enrolment, htmx):
        enrolment.begins_on = date(2026, 9, 1)
        session.commit()
        teacher = door(cast.teacher)
        answer = teacher.post(f"/enrolments/{enrolment.id}/remove", htmx=htmx)
        assert answer.status_code == (204 if htmx else 303)
        assert count(session, Enrolment) == 0
        undo = f"/classes/{made.id}/enrol-again?user_ids={cast.student.id}&begins_on=2026-09-01"
        assert not htmx or toast_of(answer)["undo"] == undo
        teacher.post(undo, htmx=htmx)
        assert session.scalars(select(Enrolment)).one().begins_on == date(2026, 9, 1)

    @BOTH
    def test_dates_and_outcome(self, door, cast, session, enrolment, htmx):
        teacher = door(cast.teacher)
        answer = teacher.post(f"/enrolments/{enrolment.id}", htmx=htmx, ends_on="2026-11-01", outcome="pass")
        assert answer.headers["HX-Redirect" if htmx else "Location"] == f"/classes/{enrolment.class_id}"
        assert (reread(session, enrolment).ends_on, enrolment.outcome) == (date(2026, 11, 1), "pass")
        page = teacher.get(f"/enrolments/{enrolment.id}").text
        assert field_value(page, "ends_on") == "2026-11-01"
        assert '<option value="pass" selected>' in page
        assert teacher.post(f"/enrolments/{enrolment.id}/remove", htmx=htmx).status_code == 409

    @BOTH
    def test_a_refused_change_keeps_what_was_typed(self, door, cast, session, enrolment, htmx):
        fields = {"begins_on": "2026-11-02", "ends_on": "2026-11-01"}
        answer = door(cast.teacher).post(f"/enrolments/{enrolment.id}", htmx=htmx, **fields)
        assert (answer.status_code, reread(session, enrolment).ends_on) == (422, None)
        assert field_value(answer.text, "begins_on") == "2026-11-02"
        assert answer.text.lstrip().startswith('<form id="enrolment-form"') is htmx

    @pytest.mark.parametrize("verb", ["", "/remove"])
    def test_who_may(self, door, cast, session, client, enrolment, verb):
        for who, status in ((cast.other_manager, 404), (cast.other_teacher, 404), (cast.student, 403)):
            assert door(who).post(f"/enrolments/{enrolment.id}{verb}", outcome="fail").status_code == status
        assert client.post(f"/enrolments/{enrolment.id}{verb}").status_code in {303, 400}
        assert reread(session, enrolment).outcome is None
