"""Classes and enrolments as JSON, through the front door."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from tests.classes.groups import enrolled, group
from webapp.accounts.models import ApiToken
from webapp.audit.models import AuditEntry
from webapp.classes.models import ClassGroup, ClassTeacher, Enrolment
from webapp.core.secrets import hash_secret, new_secret
from webapp.db.base import new_id

BASE = "/api/v1/classes/"


@pytest.fixture
def call(app, session):
    """Return a way to ask: `call(cast.teacher, "POST", path, {…})` gives status and answer."""
    secrets = {}

    def send(who, method, path, body=None, **headers):
        if who and who.id not in secrets:
            secrets[who.id] = new_secret()
            token = {"token_hash": hash_secret(secrets[who.id]), "scopes": "read write"}
            session.add(ApiToken(user_id=who.id, name=new_secret(), **token))
            session.commit()
        if who:
            headers["Authorization"] = f"Bearer {secrets[who.id]}"
        answer = app.test_client().open(path, method=method, json=body, headers=headers)
        session.commit()
        return answer.status_code, answer.json if answer.data else None

    return send


@pytest.fixture
def made(session, cast):
    found = group(session, cast.school, teachers=[cast.teacher], students=[cast.student])
    session.commit()
    return found


def count(session, model=ClassGroup) -> int:
    found = session.scalar(select(func.count()).select_from(model))
    session.commit()
    return found


def fields(answer) -> set[str]:
    return {error["field"] for error in answer["errors"]}


class TestClasses:
    def test_from_making_to_deleting(self, call, cast, session):
        body = {
            "name": "9B",
            "term": "Autumn",
            "starts_on": "2026-09-01",
            "ends_on": "2026-12-18",
            "leaderboard_mode": "opt_out",
        }
        status, made = call(cast.teacher, "POST", BASE, body)
        key = made.pop("id")
        expected = {"school_id": str(cast.school.id), "teacher_ids": [str(cast.teacher.id)]}
        assert (status, made) == (201, {**body, **expected, "archived": False, "students": 0})
        assert call(cast.teacher, "GET", BASE + key) == (200, {"id": key, **made})
        assert call(cast.manager, "GET", BASE)[1] == {
            "items": [{"id": key, **made}],
            "total": 1,
            "limit": 20,
            "offset": 0,
        }
        changed = {"name": "9C", "leaderboard_mode": None, "ends_on": None, "term": None}
        assert call(cast.teacher, "PUT", BASE + key, changed) == (200, {"id": key, **made, **changed})
        assert call(cast.teacher, "PUT", BASE + key, {"id": key, **made})[0] == 200
        assert call(cast.teacher, "DELETE", BASE + key) == (204, None)
        assert call(cast.teacher, "GET", BASE + key)[0] == 404

    def test_a_class_with_students_is_archived_instead(self, call, cast, session, made):
        assert call(cast.manager, "DELETE", f"{BASE}{made.id}") == (204, None)
        assert call(cast.manager, "GET", f"{BASE}{made.id}")[1]["archived"] is True
        assert call(cast.manager, "GET", BASE)[1]["total"] == 0
        assert call(cast.manager, "GET", BASE + "?archived=true")[1]["total"] == 1
        assert call(cast.manager, "PUT", f"{BASE}{made.id}", {"archived": False})[1]["archived"] is False

    def test_without_the_last_stroke_too(self, call, cast):
        assert call(cast.teacher, "GET", "/api/v1/classes")[0] == 200

    def test_an_admin_says_in_which_school(self, call, cast):
        assert fields(call(cast.admin, "POST", BASE, {"name": "9B"})[1]) == {"school_id"}
        status, made = call(cast.admin, "POST", BASE, {"name": "9B", "school_id": str(cast.other_school.id)})
        assert (status, made["school_id"]) == (201, str(cast.other_school.id))

    def test_the_same_request_twice_makes_one(self, call, cast, session):
        once = {"Idempotency-Key": "k"}
        assert call(cast.teacher, "POST", BASE, {"name": "9B"}, **once) == call(
            cast.teacher, "POST", BASE, {"name": "9B"}, **once
        )
        assert count(session) == 1
        assert call(cast.teacher, "POST", BASE, {"name": "9C"}, **once)[0] == 409

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"name": ""}, "name"),
            ({"name": "  "}, "name"),
            ({"name": "x" * 101}, "name"),
            ({"name": 9}, "name"),
            ({"name": "a\x00"}, "name"),
            ({"name": None}, "name"),
            ({"ends_on": "2026-01-01", "starts_on": "2026-01-02"}, "ends_on"),
            ({"starts_on": "soon"}, "starts_on"),
            ({"leaderboard_mode": "on"}, "leaderboard_mode"),
            ({"teacher_ids": "all"}, "teacher_ids"),
            ({"teacher_ids": ["x"]}, "teacher_ids.0"),
            ({"teacher_ids": ["01a00000-0000-7000-8000-000000000000"]}, "teacher_ids"),
            ({"school_id": "01a00000-0000-7000-8000-000000000000"}, "school_id"),
            ({"colour": "red"}, "colour"),
        ],
    )
    def test_bad_input_names_the_field(self, call, cast, session, wrong, field):
        status, answer = call(cast.manager, "POST", BASE, {"name": "9B", **wrong})
        assert (status, fields(answer), count(session)) == (422, {field}, 0)

    @pytest.mark.parametrize("wrong", ["name", "teacher_ids", "colour", "ends_on"])
    def test_bad_changes_name_the_field(self, call, cast, made, wrong):
        sent = {"name": None, "teacher_ids": [str(cast.other_teacher.id)], "colour": 1, "ends_on": "1"}[wrong]
        status, answer = call(cast.manager, "PUT", f"{BASE}{made.id}", {wrong: sent})
        assert (status, fields(answer)) == (422, {wrong})

    def test_what_one_may_not_change(self, call, cast, made):
        for other in ({"school_id": str(cast.other_school.id)}, {"id": str(new_id())}, {"students": 7}):
            assert call(cast.manager, "PUT", f"{BASE}{made.id}", other)[0] == 403


class TestWhoMay:
    WAYS = (
        ("GET", "", None),
        ("PUT", "", {"name": "Mine"}),
        ("DELETE", "", None),
        ("GET", "/enrolments", None),
        ("POST", "/enrolments", {"user_ids": ["{other_student}"]}),
        ("DELETE", "/enrolments", {"user_ids": ["{student}"]}),
    )

    def ask(self, call, cast, made, who, way):
        method, path, body = way
        if body and "user_ids" in body:
            body = {
                "user_ids": [
                    key.format(student=cast.student.id, other_student=cast.other_student.id) for key in body["user_ids"]
                ]
            }
        return call(who, method, f"{BASE}{made.id}{path}", body)[0]

    @pytest.mark.parametrize("way", WAYS)
    def test_outsiders_find_nothing(self, call, cast, session, made, way):
        for who in (cast.other_manager, cast.other_teacher):
            assert self.ask(call, cast, made, who, way) == 404
        session.refresh(made)
        assert (made.name, made.archived_at, count(session, Enrolment)) == ("9B", None, 1)

    @pytest.mark.parametrize("way", WAYS)
    def test_students_are_refused_whatever_the_id(self, call, cast, made, way):
        assert self.ask(call, cast, made, cast.student, way) == 403
        method, path, _ = way
        assert call(cast.student, method, f"{BASE}{new_id()}{path}", None)[0] == 403

    @pytest.mark.parametrize("way", WAYS)
    def test_strangers_must_sign_in(self, call, cast, made, way):
        assert self.ask(call, cast, made, None, way) == 401

    def test_lists_and_making(self, call, cast, made):
        assert call(cast.other_manager, "GET", BASE)[1]["total"] == 0
        assert call(cast.student, "GET", BASE)[0] == call(cast.student, "POST", BASE, {"name": "x"})[0] == 403
        assert call(None, "GET", BASE)[0] == call(None, "POST", BASE, {"name": "x"})[0] == 401

    def test_a_colleague_finds_nothing_until_they_teach_it(self, call, cast, session):
        made = group(session, cast.school)
        session.commit()
        assert call(cast.teacher, "GET", f"{BASE}{made.id}")[0] == 404
        call(cast.manager, "PUT", f"{BASE}{made.id}", {"teacher_ids": [str(cast.teacher.id)]})
        assert call(cast.teacher, "GET", f"{BASE}{made.id}")[0] == 200


class TestEnrolments:
    def path(self, made) -> str:
        return f"{BASE}{made.id}/enrolments"

    def test_enrolling_and_taking_out(self, call, cast, session, made):
        body = {"user_ids": [str(cast.classmate.id)], "begins_on": "2026-09-01"}
        status, answer = call(cast.teacher, "POST", self.path(made), body)
        row = {
            "user_id": str(cast.classmate.id),
            "name": "Classmate Example",
            "begins_on": "2026-09-01",
            "ends_on": None,
            "outcome": None,
        }
        assert (status, answer) == (201, {"items": [row], "total": 1, "limit": 1, "offset": 0})
        listed = call(cast.teacher, "GET", self.path(made))[1]
        assert (listed["items"][0], listed["total"], listed["limit"]) == (row, 2, 20)
        gone = {"user_ids": [str(cast.classmate.id)]}
        assert call(cast.teacher, "DELETE", self.path(made), {**gone, "ends_on": "2026-11-01"}) == (204, None)
        assert (
            call(cast.teacher, "GET", self.path(made) + "?state=ended&q=class")[1]["items"][0]["ends_on"]
            == "2026-11-01"
        )
        assert call(cast.teacher, "DELETE", self.path(made), gone) == (204, None)
        assert call(cast.teacher, "DELETE", self.path(made), gone) == (204, None)
        assert count(session, Enrolment) == 1

    def test_a_student_of_another_school_is_refused_by_field(self, call, cast, session, made):
        for stranger in (cast.other_student.id, new_id(), cast.teacher.id):
            body = {"user_ids": [str(cast.classmate.id), str(stranger)]}
            status, answer = call(cast.manager, "POST", self.path(made), body)
            assert (status, fields(answer), count(session, Enrolment)) == (422, {"user_ids"}, 1)

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"user_ids": []}, "user_ids"),
            ({"user_ids": None}, "user_ids"),
            ({"user_ids": ["x"]}, "user_ids.0"),
            ({"begins_on": "2026-11-02", "ends_on": "2026-11-01"}, "ends_on"),
            ({"begins_on": "1800-01-01"}, "begins_on"),
            ({"outcome": "pass"}, "outcome"),
        ],
    )
    def test_bad_input_names_the_field(self, call, cast, session, made, wrong, field):
        body = {"user_ids": [str(cast.classmate.id)], **wrong}
        status, answer = call(cast.teacher, "POST", self.path(made), body)
        assert (status, fields(answer), count(session, Enrolment)) == (422, {field}, 1)

    def test_what_collides(self, call, cast, session, made):
        enrolled(session, made, cast.classmate, outcome="pass")
        session.commit()
        assert call(cast.teacher, "DELETE", self.path(made), {"user_ids": [str(cast.classmate.id)]})[0] == 409
        call(cast.teacher, "PUT", f"{BASE}{made.id}", {"archived": True})
        assert call(cast.teacher, "POST", self.path(made), {"user_ids": [str(cast.student.id)]})[0] == 409


class TestLeaving:
    """A teacher stops teaching a class by themselves, as long as somebody else goes on."""

    def test_somebody_has_to_go_on(self, call, cast, made, session, as_, send):
        leave = f"{BASE}{made.id}/leave"
        status, answer = call(cast.teacher, "POST", leave)
        assert (status, "only teacher" in answer["detail"]) == (409, True)
        session.add(ClassTeacher(class_id=made.id, user_id=cast.manager.id, school_id=cast.school.id))
        session.commit()
        assert "Leave this class" in as_(cast.teacher).get(f"/classes/{made.id}").text
        assert send(as_(cast.teacher), f"/classes/{made.id}/leave").headers["Location"] == "/classes"
        assert call(cast.teacher, "GET", f"{BASE}{made.id}")[0] == 404
        assert call(cast.teacher, "POST", leave)[0] == 404, "and is not there any more for them"
        assert call(cast.manager, "POST", leave)[0] == 409, "now they are the last"
        left = select(AuditEntry.actor_id).where(AuditEntry.action == "class.left")
        assert session.scalars(left.where(AuditEntry.chain_id == cast.school.id)).all() == [cast.teacher.id]
        session.commit()

    def test_who_does_not_teach_it_leaves_nothing(self, call, cast, made, session):
        assert call(cast.manager, "POST", f"{BASE}{made.id}/leave")[0] == 204
        assert call(cast.student, "POST", f"{BASE}{made.id}/leave")[0] == 403
        assert call(cast.other_teacher, "POST", f"{BASE}{made.id}/leave")[0] == 404
        assert count(session, ClassTeacher) == 1


class TestChangingEnrolments:
    """Several enrolments at once: what is given changes, the rest stays."""

    def test_fields_that_are_given_change(self, call, cast, made, session):
        path, who = f"{BASE}{made.id}/enrolments", [str(cast.student.id), str(cast.classmate.id)]
        status, answer = call(
            cast.teacher, "PUT", path, {"user_ids": who, "begins_on": "2026-09-01", "outcome": "pass"}
        )
        assert (status, [row["outcome"] for row in answer["items"]]) == (200, ["pass"]), "a stranger is passed over"
        status, answer = call(cast.teacher, "PUT", path, {"user_ids": who, "ends_on": "2026-12-18", "outcome": None})
        (row,) = answer["items"]
        assert (row["begins_on"], row["ends_on"], row["outcome"]) == ("2026-09-01", "2026-12-18", None)
        assert count(session, Enrolment) == 1

    @pytest.mark.parametrize(
        "body", [{"ends_on": "2026-08-01"}, {"outcome": "brilliant"}, {"user_ids": []}, {"begins_on": "soon"}]
    )
    def test_what_cannot_be_changes_nothing(self, call, cast, made, session, body):
        path, who = f"{BASE}{made.id}/enrolments", {"user_ids": [str(cast.student.id)]}
        assert call(cast.teacher, "PUT", path, {**who, "begins_on": "2026-09-01"})[0] == 200
        assert call(cast.teacher, "PUT", path, {**who, **body})[0] == 422
        kept = session.scalars(select(Enrolment)).one()
        assert (str(kept.begins_on), kept.ends_on, kept.outcome) == ("2026-09-01", None, None)
        session.commit()
