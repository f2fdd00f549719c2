"""Making and changing people: who may, what is refused, and what follows."""

from __future__ import annotations

import html
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from tests.classes.groups import group
from webapp.accounts.models import User, UserSession
from webapp.admin.service import bulk
from webapp.audit.models import AuditEntry
from webapp.classes.models import ClassTeacher, Enrolment
from webapp.core import clock
from webapp.core.permissions import Role
from webapp.mail.models import MailStatus, OutgoingMail
from webapp.planner.models import Task

API = "/api/v1/users/"
NEW = {"email": "new.person@school.test", "role": "student", "first_name": "New", "last_name": "Person"}


def actions(session, target_id):
    mine = select(AuditEntry.action).where(AuditEntry.target_id == target_id).order_by(AuditEntry.place)
    return list(session.scalars(mine))


def found(session, email):
    return session.scalars(select(User).where(User.email == email).execution_options(populate_existing=True)).one()


@pytest.mark.parametrize("htmx", [False, True])
def test_a_manager_invites_somebody_by_mail(session, cast, post, htmx):
    answer = post(cast.manager, "/admin/users", **NEW, htmx=htmx)
    assert answer.status_code == (204 if htmx else 303)
    made = found(session, NEW["email"])
    assert (made.school_id, made.role, made.password_hash) == (cast.school.id, Role.STUDENT, None)
    mail = session.scalars(select(OutgoingMail).where(OutgoingMail.user_id == made.id)).one()
    assert (mail.recipient, mail.kind) == (made.email, "invitation")
    assert "/login/reset/" in mail.text_body
    assert actions(session, made.id) == ["user.created", "user.link_sent"]


def test_the_api_makes_people_and_shows_what_they_do(session, cast, put, as_):
    password = "a-long-enough-password"
    made = put(cast.admin, "POST", API, **NEW, school_id=str(cast.school.id), username="New.Person", password=password)
    assert made.status_code == 201
    assert made.json["username"] == "new.person"
    assert session.scalar(select(func.count()).select_from(OutgoingMail)) == 0
    shown = as_(cast.manager).get(API + made.json["id"]).json
    assert shown["stats"] == {"classes": 0, "students": 0, "enrolments": 0, "xp": 0}
    again = put(cast.admin, "POST", API, **NEW, school_id=str(cast.school.id))
    other = put(
        cast.admin,
        "POST",
        API,
        **{**NEW, "email": "x@school.test"},
        username="NEW.person",
        school_id=str(cast.school.id),
    )
    assert (again.status_code, other.status_code) == (409, 409)


def test_stats_follow_the_role(session, cast, as_):
    group(session, cast.school, teachers=[cast.teacher], students=[cast.student, cast.classmate])
    session.commit()
    client = as_(cast.manager)
    teaches, studies = (client.get(API + str(person.id)).json["stats"] for person in (cast.teacher, cast.student))
    assert (teaches["classes"], teaches["students"]) == (1, 2)
    assert (studies["classes"], studies["enrolments"]) == (1, 1)


@pytest.mark.parametrize(
    ("who", "body", "status"),
    [
        ("manager", {**NEW, "role": "admin"}, 403),
        ("admin", NEW, 422),  # a student has a school
        ("admin", {**NEW, "role": "king"}, 422),
        ("manager", {**NEW, "email": "no address"}, 422),
        ("manager", {**NEW, "email": "a\x00b@school.test"}, 422),
        ("manager", {**NEW, "first_name": "\ud800"}, 422),
        ("manager", {**NEW, "username": "two words"}, 422),
        ("manager", {**NEW, "time_zone": "Mars/Olympus"}, 422),
        ("manager", {**NEW, "password": "short"}, 422),
        ("manager", {**NEW, "surprise": 1}, 422),
        ("manager", {**NEW, "active": "yes"}, 422),
        ("manager", {**NEW, "email": "STUDENT@school.test"}, 409),
        ("teacher", NEW, 403),
        ("student", NEW, 403),
    ],
)
def test_what_is_refused(session, cast, put, who, body, status):
    before = session.scalar(select(func.count()).select_from(User))
    session.commit()
    answer = put(getattr(cast, who), "POST", API, **body)
    assert answer.status_code == status
    assert session.scalar(select(func.count()).select_from(User)) == before


def test_a_refused_form_keeps_what_was_typed(cast, post):
    answer = post(cast.manager, "/admin/users", **{**NEW, "email": cast.student.user.email}, htmx=True)
    assert answer.status_code == 422
    assert "Somebody has this address already" in answer.text
    assert 'value="Person"' in answer.text


class TestOneself:
    def test_the_name_is_ones_own_to_change(self, session, cast, put):
        answer = put(cast.student, "PUT", f"{API}{cast.student.id}", first_name="Ada", role="student", active=True)
        assert (answer.status_code, answer.json["first_name"]) == (200, "Ada")

    @pytest.mark.parametrize("change", [{"role": "teacher"}, {"active": False}, {"school_id": None}])
    def test_role_school_and_state_are_not(self, cast, put, change):
        assert put(cast.student, "PUT", f"{API}{cast.student.id}", **change).status_code == 403

    def test_nobody_closes_their_own_account(self, session, cast, put, post):
        assert put(cast.admin, "DELETE", f"{API}{cast.admin.id}").status_code == 409
        assert post(cast.manager, f"/admin/users/{cast.manager.id}/deactivate").status_code == 403
        session.refresh(cast.manager.user)
        assert cast.manager.user.active

    def test_a_password_is_changed_on_the_page_of_the_account_only(self, cast, put):
        answer = put(cast.student, "PUT", f"{API}{cast.student.id}", password="another-long-password")
        assert answer.status_code == 403


class TestTheLastAdmin:
    def second(self, session, cast):
        other = User(email="second@school.test", role=Role.ADMIN, password_hash=cast.admin.user.password_hash)
        session.add(other)
        session.commit()
        return other

    def test_two_admins_who_demote_each_other_leave_one(self, app, session, cast, sign_in, csrf):
        other = self.second(session, cast)
        askers = [(cast.admin.user, other), (other, cast.admin.user)]
        clients = [sign_in(app.test_client(), type("Who", (), {"id": who.id})) for who, _ in askers]
        tokens = [csrf(client) for client in clients]

        def demote(number):
            body = {"role": "manager", "school_id": str(cast.manager.viewer.school_id)}
            path = f"{API}{askers[number][1].id}"
            return clients[number].put(path, json=body, headers={"X-CSRFToken": tokens[number]}).status_code

        with ThreadPoolExecutor(2) as pool:
            answers = sorted(pool.map(demote, range(2)))
        assert answers[0] == 200
        assert answers[1] in {401, 403, 404, 409, 503}
        session.expire_all()
        left = select(func.count()).select_from(User).where(User.role == Role.ADMIN, User.active)
        assert session.scalar(left) == 1

    def test_an_admin_without_a_password_does_not_count(self, session, cast, put):
        invited = User(email="invited@school.test", role=Role.ADMIN)
        other = self.second(session, cast)
        session.add(invited)
        session.commit()
        assert put(cast.admin, "DELETE", f"{API}{other.id}").status_code == 204
        session.refresh(other)
        assert not other.active


class TestWhatFollows:
    def test_closing_ends_sessions_and_opening_brings_back(self, session, cast, as_, post, put):
        browser = as_(cast.student)
        assert put(cast.manager, "DELETE", f"{API}{cast.student.id}").status_code == 204
        assert browser.get("/").status_code == 303
        assert post(cast.manager, f"/admin/users/{cast.student.id}/activate").status_code == 303
        ended = select(UserSession.revoked_at).where(UserSession.user_id == cast.student.id)
        assert all(session.scalars(ended))
        assert actions(session, cast.student.id) == ["user.deactivated", "user.activated"]

    def test_a_teacher_who_becomes_a_student_leaves_their_classes(self, session, cast, put):
        made = group(session, cast.school, teachers=[cast.teacher], students=[cast.student])
        session.commit()
        assert put(cast.manager, "PUT", f"{API}{cast.teacher.id}", role="student").status_code == 200
        assert put(cast.manager, "PUT", f"{API}{cast.student.id}", role="teacher").status_code == 200
        assert session.scalars(select(ClassTeacher).where(ClassTeacher.class_id == made.id)).all() == []
        ends = session.scalars(select(Enrolment.ends_on).where(Enrolment.class_id == made.id)).all()
        assert None not in ends

    def test_moving_takes_ones_own_rows_along_but_not_the_life_of_a_class(self, session, cast, put):
        session.add(Task(user_id=cast.student.id, school_id=cast.school.id, title="Mine"))
        group(session, cast.school, students=[cast.classmate])
        session.commit()
        there = {"school_id": str(cast.other_school.id)}
        assert put(cast.admin, "PUT", f"{API}{cast.student.id}", **there).status_code == 200
        assert put(cast.admin, "PUT", f"{API}{cast.classmate.id}", **there).status_code == 409
        task = select(Task.school_id).where(Task.user_id == cast.student.id)
        assert session.scalar(task) == cast.other_school.id
        assert put(cast.manager, "PUT", f"{API}{cast.teacher.id}", **there).status_code == 403


class TestManyAtOnce:
    def test_the_report_says_what_was_not_done_and_why(self, session, cast, post):
        ids = [str(person.id) for person in (cast.student, cast.classmate, cast.manager, cast.other_student)]
        cast.classmate.user.active = False
        session.commit()
        answer = post(cast.manager, "/admin/users/bulk", action="deactivate", user_ids=ids)
        assert answer.status_code == 200
        assert "Accounts closed: 1." in answer.text
        assert "Not done: 2." in answer.text
        assert "Not there any more: 1." in answer.text
        assert "Other Student" not in answer.text
        state = {
            user.id: user.active for user in session.scalars(select(User).execution_options(populate_existing=True))
        }
        assert [state[person.id] for person in (cast.student, cast.manager, cast.other_student)] == [False, True, True]

    def test_students_are_added_to_a_class(self, session, cast, post):
        made = group(session, cast.school)
        session.commit()
        ids = [str(cast.student.id), str(cast.teacher.id)]
        answer = post(
            cast.manager, "/admin/users/bulk", action="add_to_class", class_id=str(made.id), user_ids=ids, htmx=True
        )
        assert "Added to the class: 1." in answer.text
        assert "Only students are enrolled." in answer.text
        assert session.scalars(select(Enrolment.user_id).where(Enrolment.class_id == made.id)).all() == [
            cast.student.id
        ]

    def test_all_who_fit_are_invited_some_at_a_time_and_nobody_twice(self, session, cast, post, monkeypatch):
        monkeypatch.setattr(bulk, "MOST_AT_ONCE", 3)
        rows = [(f"new{n}@school.test", "New", cast.school.id) for n in range(4)]
        rows += [("seen@school.test", "Other", cast.school.id), ("new9@school.test", "New", cast.other_school.id)]
        for email, name, school_id in rows:
            session.add(User(email=email, first_name=name, role=Role.STUDENT, school_id=school_id))
        session.commit()
        path, asked = "/admin/users/bulk?search=new&invited=true", {"action": "invite", "everyone": "true"}
        said = [post(cast.manager, path, **asked, htmx=True).text for _ in range(3)]
        assert ["Invited: 3." in said[0], "Invited: 1." in said[1], "Invited: 0." in said[2]] == [True] * 3
        assert ["do it again" in text for text in said] == [True, False, False]
        mails = session.scalars(select(OutgoingMail.recipient).order_by(OutgoingMail.recipient)).all()
        assert mails == [f"new{n}@school.test" for n in range(4)]

    @pytest.mark.parametrize("action", ["deactivate", "end_sessions"])
    def test_all_there_are_is_too_many_to_close_or_sign_out(self, session, cast, post, action):
        refused = post(cast.manager, "/admin/users/bulk", action=action, everyone="true")
        assert (refused.status_code, "Narrow the list first" in refused.text) == (422, True)
        answer = post(cast.manager, "/admin/users/bulk?role=student", action="deactivate", everyone="true")
        assert "Accounts closed: 2." in answer.text
        closed = select(User.id).where(User.active.is_(False))
        assert set(session.scalars(closed)) == {cast.student.id, cast.classmate.id}

    def test_what_needs_a_look_leads_to_just_those_people(self, session, cast, as_):
        """The number on the first page of administration is that of the list behind it."""
        session.add(User(email="new@school.test", role=Role.TEACHER, school_id=cast.school.id))
        failed = {"status": MailStatus.FAILED, "finished_at": clock.now(), "kind": "reset", "subject": "", "key": "k"}
        bodies = {"text_body": "", "html_body": "", "recipient": "student@school.test"}
        session.add(OutgoingMail(**failed, **bodies, user_id=cast.student.id, school_id=cast.school.id))
        session.commit()
        client = as_(cast.manager)
        page = client.get("/admin").text
        for words in ("whom a mail could not reach", "who have no way to sign in"):
            path, number = re.search(rf'href="([^"]+)"><strong>(\d+)</strong> people {words}', page).groups()
            listed = client.get(html.unescape(path)).text
            assert listed.count('class="row-link"') == int(number) == 1

    @pytest.mark.parametrize("fields", [{}, {"action": "invite"}, {"action": "explode", "user_ids": ["x"]}])
    def test_a_form_that_picks_nobody_is_refused_in_words(self, cast, post, fields):
        answer = post(cast.manager, "/admin/users/bulk", **fields)
        assert answer.status_code == 422
        assert "Pick somebody" in answer.text


class TestLookingAsSomebody:
    def test_it_is_shown_audited_and_ends(self, session, cast, as_, csrf):
        client = as_(cast.admin)
        path = f"/admin/users/{cast.student.id}/impersonate"
        assert client.post(path, data={"csrf_token": csrf(client)}).status_code == 303
        page = client.get("/tasks")
        assert f"You are looking as {cast.student.viewer.name}." in page.text
        assert client.get("/admin/users").status_code == 403
        for closed in ("/account/password", "/account/tokens"):
            assert client.post(closed, data={"csrf_token": csrf(client)}).status_code == 403
        assert (
            client.post("/categories", data={"csrf_token": csrf(client), "name": "Seen", "color": "blue"}).status_code
            == 303
        )
        assert client.post("/admin/impersonation/end", data={"csrf_token": csrf(client)}).status_code == 303
        assert client.get("/admin/users").status_code == 200
        mine = select(AuditEntry).where(AuditEntry.actor_id == cast.admin.id).order_by(AuditEntry.place)
        entries = [(entry.action, entry.as_user_id) for entry in session.scalars(mine)]
        assert entries == [
            ("impersonation.begun", None),
            ("impersonation.acted", cast.student.id),
            ("impersonation.ended", cast.student.id),
        ]

    def test_admins_are_nobodys_masks_and_managers_wear_none(self, session, cast, post):
        other = User(email="second@school.test", role=Role.ADMIN)
        session.add(other)
        session.commit()
        assert post(cast.admin, f"/admin/users/{other.id}/impersonate").status_code == 403
        assert post(cast.manager, f"/admin/users/{cast.student.id}/impersonate").status_code == 403

    def test_it_ends_with_the_sessions_of_the_admin(self, app, session, cast, as_, csrf, post):
        other = User(email="second@school.test", role=Role.ADMIN, password_hash=cast.admin.user.password_hash)
        session.add(other)
        session.commit()
        client = as_(cast.admin)
        client.post(f"/admin/users/{cast.student.id}/impersonate", data={"csrf_token": csrf(client)})
        second = type("Who", (), {"id": other.id})
        assert post(second, f"/admin/users/{cast.admin.id}/end-sessions").status_code == 303
        assert client.get("/tasks").status_code == 303
