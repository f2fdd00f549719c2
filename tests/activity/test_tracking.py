"""What counts as activity, what is kept of it, and that no request notices."""

from __future__ import annotations

from fnmatch import fnmatchcase
from uuid import uuid4

import pyotp
import pytest
from sqlalchemy import create_engine, event, select

from tests.conftest import PASSWORD
from webapp.accounts.second_factor.models import SecondFactor
from webapp.accounts.second_factor.routes import sealer
from webapp.activity import gathering, patterns
from webapp.activity.gathering import Gatherer
from webapp.activity.models import ActivityLast
from webapp.activity.types import ActivityType
from webapp.core import clock
from webapp.core.happenings import Happening
from webapp.learning.models import Course, Lesson


def told(rows):
    return [(row.type.value, row.name, row.status) for row in rows]


def test_what_a_person_does_is_written_down_once_with_what_came_of_it(cast, door, written):
    way = door(cast.student)
    way.get("/planner")
    way.get("/planner")
    way.get("/goals/hint", htmx=True)
    way.post("/tasks", title="=SECRET(essay)")
    way.post("/tasks", title="")
    way.post(f"/tasks/{uuid4()}/delete")
    way.get(f"/tasks/{uuid4()}/edit")
    way.post("/exports", kind="daily", file_format="csv", period="28d")
    way.get("/dashboard.csv?period=28d")
    way.post("/logout")
    rows = written()
    assert told(rows) == [
        ("visit", "Came by", 200),
        ("create", "Task created", 303),
        ("failure", "Task created", 422),
        ("failure", "Task deleted", 404),
        ("failure", "Task opened", 404),
        ("export", "Export ordered", 303),
        ("download", "Dashboard downloaded", 200),
        ("sign_out", "Signed out", 303),
    ]
    assert {row.user_id for row in rows} == {cast.student.id}
    assert {row.school_id for row in rows} == {cast.school.id}
    assert rows[5].details == {"kind": "daily", "file_format": "csv", "period": "28d"}
    assert "SECRET" not in str([row.details for row in rows])
    assert list(rows[3].details) == ["task_id"]


def test_signing_in_counts_for_who_came_in_and_a_wrong_password_for_nobody(cast, client, csrf, written, gatherer):
    gatherer.forget()
    for password in ("wrong-password", PASSWORD):
        sent = {"email": cast.student.user.email, "password": password, "csrf_token": csrf(client)}
        client.post("/login", data=sent, headers={"User-Agent": "Browser/1"})
    rows = written()
    assert told(rows) == [("sign_in", "Signed in", 303)]
    assert (rows[0].user_id, rows[0].address, rows[0].user_agent) == (cast.student.id, "127.0.0.1", "Browser/1")


def test_with_a_code_one_signs_in_once_both_are_right(
    app, session, cast, door, client, csrf, written, gatherer, clock_at
):
    clock_at("2026-11-18T12:00:00Z")
    way = door(cast.teacher)
    way.post("/account/second-factor")
    with app.app_context():
        secret = sealer().open(session.scalars(select(SecondFactor.sealed_secret)).one())
        session.commit()
    way.post("/account/second-factor/confirm", code=pyotp.TOTP(secret).now())
    gatherer.forget()
    clock_at("2026-11-18T12:01:00Z")
    client.get("/login")
    for path, sent in (
        ("/login", {"email": cast.teacher.user.email, "password": PASSWORD}),
        ("/login/code", {"code": "000000"}),
        ("/login/code", {"code": pyotp.TOTP(secret).now()}),
    ):
        client.post(path, data={**sent, "csrf_token": csrf(client)})
    assert told(written()) == [("sign_in", "Signed in with a code", 303)]


@pytest.mark.parametrize("entered", [True, False])
def test_to_begin_to_sign_in_is_not_to_have_signed_in(cast, gatherer, written, entered):
    told_of = {"user_id": cast.student.id, "method": "POST", "endpoint": "school_sign_in.enter", "status": 303}
    seen = {
        "at": clock.now(),
        "page": False,
        "file": False,
        "by_token": False,
        "path": {},
        "address": "",
        "user_agent": "",
    }
    gatherer.note(Happening(**told_of, **seen, entered=entered, field=lambda _name: None))
    assert [row.type.value for row in written()] == ["sign_in"] * entered


def test_a_lesson_that_is_read_is_a_view(session, cast, door, written):
    course = Course(school_id=cast.school.id, title="Maths", published=True)
    session.add(course)
    session.flush()
    lesson = Lesson(school_id=cast.school.id, course_id=course.id, title="Sums", body="1+1", published=True, position=1)
    session.add(lesson)
    session.commit()
    assert door(cast.manager).get(f"/lessons/{lesson.id}").status_code == 200
    rows = written()
    assert told(rows) == [("visit", "Came by", 200), ("view", "Lesson viewed", 200)]
    assert rows[1].details == {"lesson_id": str(lesson.id)}


def test_a_visit_begins_after_half_an_hour_and_with_each_date_of_the_school(cast, door, written, clock_at, session):
    clock_at("2026-11-18T22:20:00Z")  # 23:20 in Berlin
    way = door(cast.student)
    for moment in ("22:20", "22:49", "23:05", "23:34", "23:59"):
        clock_at(f"2026-11-18T{moment}:00Z")
        way.get("/planner")
        written()
    clock_at("2026-11-19T00:29:01Z")
    way.get("/planner")
    assert [row.occurred_at.strftime("%H:%M") for row in written()] == ["22:20", "23:05", "00:29"]
    last = session.scalars(select(ActivityLast)).one()
    assert (last.seen_at.strftime("%H:%M"), str(last.day)) == ("00:29", "2026-11-19")


def test_two_processes_count_one_visit(cast, door, app, engine, written):
    way = door(cast.student)
    other = Gatherer(engine, writes_itself=False)
    way.get("/planner")
    other._waiting += list(app.extensions["milepost_activity"]._waiting)
    other.flush()
    assert told(written()) == [("visit", "Came by", 200)]


def test_no_request_gets_a_statement_or_an_error_from_it(app, cast, door, engine, gatherer, monkeypatch):
    way = door(cast.student)
    seen = []
    event.listen(engine, "before_cursor_execute", lambda *told: seen.append(told[2]))
    way.get("/planner")
    assert not [statement for statement in seen if "activity" in statement]
    monkeypatch.setattr(gathering, "_doing", lambda _happening: 1 / 0)
    assert way.get("/planner").status_code == 200
    assert way.post("/tasks", title="Essay").status_code == 303


def test_what_cannot_be_written_now_is_written_later_and_the_gone_are_passed_over(
    cast, door, engine, gatherer, written, session, monkeypatch
):
    way, other = door(cast.student), door(cast.classmate)
    way.post("/tasks", title="Essay")
    other.post("/tasks", title="Essay")
    monkeypatch.setattr(gatherer, "_engine", _broken(engine))
    gatherer.flush()
    monkeypatch.undo()
    session.delete(session.get(type(cast.classmate.user), cast.classmate.id))
    session.commit()
    assert [row.user_id for row in written()] == [cast.student.id]


def test_memory_is_bounded(cast, door, gatherer, written, monkeypatch):
    monkeypatch.setattr(gathering, "MOST_WAITING", 1)
    way = door(cast.student)
    way.get("/planner")
    way.post("/tasks", title="Essay")
    assert told(written()) == [("visit", "Came by", 200)]


def _broken(engine):
    return create_engine("sqlite:////no/such/folder/at.all") if engine else None


# ------------------------------------------------------------ names

EXPECTED = {
    ("POST", "planner.create_task"): (ActivityType.CREATE, "Task created"),
    ("PUT", "api_planner.change_category"): (ActivityType.EDIT, "Category changed"),
    ("DELETE", "api_goals.delete_goal"): (ActivityType.DELETE, "Goal deleted"),
    ("POST", "exports.cancel"): (ActivityType.EDIT, "Export cancelled"),
    ("POST", "goal_offers.accept"): (ActivityType.EDIT, "Goal offer accepted"),
    ("POST", "rest.add_holiday"): (ActivityType.CREATE, "Holiday added"),
    ("POST", "rosters.upload"): (ActivityType.IMPORT, "Roster uploaded"),
    ("POST", "rosters.export"): (ActivityType.EXPORT, "Roster exported"),
    ("POST", "school_sign_in.enter"): (ActivityType.SIGN_IN, "Signed in with the school's account"),
    ("GET", "classes.index"): (None, "Class opened"),
    ("GET", ""): (None, "Unknown address"),
    ("POST", "learning.note_position"): (None, "Position noted"),
    ("POST", "api_events.track"): (None, "Event tracked"),
}


@pytest.mark.parametrize(("asked", "expected"), EXPECTED.items())
def test_endpoints_get_names(asked, expected):
    found = patterns.pattern_for(*asked)
    assert (found.type, found.name) == expected


def test_every_line_of_the_table_is_about_an_endpoint_that_there_is(app):
    asked = {(method, rule.endpoint) for rule in app.url_map.iter_rules() for method in rule.methods}
    for pattern in patterns.PATTERNS:
        fits = [
            endpoint
            for method, endpoint in asked
            if pattern.method in {method, "*"} and fnmatchcase(endpoint, pattern.endpoint)
        ]
        assert fits, pattern


def test_every_endpoint_that_changes_something_has_a_name_to_read(app):
    for rule in app.url_map.iter_rules():
        for method in rule.methods & {"POST", "PUT", "DELETE"}:
            found = patterns.pattern_for(method, rule.endpoint)
            assert found.name[:1].isupper(), rule.endpoint
            assert "_" not in found.name, rule.endpoint
            assert len(found.name) <= 80, rule.endpoint
