"""A school whose people come in without passwords: every door that would set one says so instead."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.accounts.school_sign_in.browsers import DOOR, rows
from tests.conftest import PASSWORD
from webapp.accounts.models import LinkPurpose, PasswordLink, User
from webapp.accounts.recovery.service import make_link
from webapp.flags.models import FeatureFlag
from webapp.jobs.wrapper import run
from webapp.mail.models import OutgoingMail

ANSWER = "webapp.accounts.recovery.jobs.answer_requests"
NEW = "three-quite-unrelated-words"


@pytest.fixture
def off(school):
    """Let nobody of Northfield in by password."""
    school(passwords_off=True)


def mails_to(session, address):
    mine = select(OutgoingMail).where(OutgoingMail.recipient == address).order_by(OutgoingMail.id)
    return [mail.subject for mail in rows(session, mine)]


def test_passwords_off_keeps_admins_in_and_the_flag_brings_passwords_back(school, cast, session, send, client):
    school(passwords_off=True)

    def enters(person):
        answer = send(client, "/login", email=person.user.email, password=PASSWORD)
        return answer.status_code == 303, "signs in with its own account" in answer.text

    assert enters(cast.student) == (False, True)
    wrong = send(client, "/login", email=cast.student.user.email, password="wrong-wrong-wrong").text
    assert "signs in with its own account" not in wrong
    assert enters(cast.other_student) == (True, False)
    assert enters(cast.admin) == (True, False)
    session.add(FeatureFlag(name="school_sign_in", school_id=cast.school.id, percentage=0))
    session.commit()
    assert enters(cast.student) == (True, False)


def test_who_forgot_a_password_is_told_by_mail_alone_how_to_sign_in(off, app, cast, session, send, client):
    pages = set()
    for address in (cast.student.user.email, cast.other_student.user.email, "nobody@school.test"):
        asked = send(client, "/login/forgot", email=address)
        pages.add((asked.status_code, asked.headers["Location"], client.get(asked.headers["Location"]).text))
    assert len(pages) == 1
    run(app, ANSWER)
    assert mails_to(session, cast.student.user.email) == ["How you sign in to Milepost"]
    assert mails_to(session, cast.other_student.user.email) == ["Set a new password for Milepost"]
    assert mails_to(session, "nobody@school.test") == []
    assert rows(session, select(PasswordLink.user_id)) == [cast.other_student.id]


def test_the_mail_leads_to_the_door_of_the_school(off, app, cast, send, client):
    outbox = app.extensions["mailman"].__dict__.setdefault("outbox", [])
    outbox.clear()
    send(client, "/login/forgot", email=cast.student.user.email)
    run(app, ANSWER)
    run(app, "webapp.mail.jobs.send_mails")
    (mail,) = outbox
    for body in (mail.body, mail.alternatives[0][0]):
        assert f"http://localhost:8000{DOOR}" in body
        assert "/login/reset/" not in body
    assert client.get(DOOR).status_code == 200


def test_a_link_from_before_sets_nothing(school, cast, session, send, client):
    secret = make_link(session, session.get(User, cast.student.id), LinkPurpose.INVITATION).secret
    session.commit()
    school(passwords_off=True)
    page = client.get(f"/login/reset/{secret}")
    assert (page.status_code, DOOR in page.text, "new_password" in page.text) == (409, True, False)
    sent = send(client, "/login/reset", link=secret, new_password=NEW, repeat_password=NEW)
    assert (sent.status_code, DOOR in sent.text) == (409, True)
    school(passwords_off=False)
    assert send(client, "/login", email=cast.student.user.email, password=PASSWORD).status_code == 303
    assert client.get(f"/login/reset/{secret}").status_code == 200  # it was not used up


def test_invitations_say_how_to_sign_in(off, cast, session, as_, send):
    given = {"email": "new@school.test", "first_name": "Ada", "last_name": "New", "role": "student"}
    assert send(as_(cast.manager), "/admin/users", **given).status_code == 303
    assert mails_to(session, "new@school.test") == ["How you sign in to Milepost"]
    page = as_(cast.manager).get(f"/admin/users/{cast.teacher.id}").text
    assert ("Send how to sign in" in page, "new password" in page) == (True, False)
    assert send(as_(cast.manager), f"/admin/users/{cast.teacher.id}/send-link").status_code == 303
    assert mails_to(session, cast.teacher.user.email) == ["How you sign in to Milepost"]
    assert rows(session, select(PasswordLink.user_id)) == []


def test_nobody_sets_a_password_for_them_nor_they_themselves(off, app, cast, session, as_, send, csrf):
    before = rows(session, select(User.password_hash).where(User.id == cast.student.id))
    account = as_(cast.student)
    page = account.get("/account").text
    assert ("you need no password here" in page, 'name="new_password"' in page) == (True, False)
    given = {"current_password": PASSWORD, "new_password": NEW, "repeat_password": NEW}
    refused = send(account, "/account/password", **given)
    assert (refused.status_code, "signs in with its own account" in refused.text) == (422, True)
    manager = as_(cast.manager)
    sent = {"headers": {"X-CSRFToken": csrf(manager)}}
    assert manager.put(f"/api/v1/users/{cast.student.id}", json={"password": NEW}, **sent).status_code == 422
    new = {"email": "new@school.test", "first_name": "A", "last_name": "B", "role": "student", "password": NEW}
    told = manager.post("/api/v1/users/", json=new, **sent)
    assert (told.status_code, "signs in with its own account" in told.text) == (422, True)
    command = app.test_cli_runner().invoke(
        args=["users", "set-password", "--email", cast.student.user.email, "--password", NEW]
    )
    assert (command.exit_code != 0, "signs in with its own account" in command.output) == (True, True)
    assert rows(session, select(User.password_hash).where(User.id == cast.student.id)) == before
    assert 'name="new_password"' in as_(cast.admin).get("/account").text


def test_who_came_in_by_the_school_is_not_waited_for(off, pupil, somebody, cast, session, as_):
    session.get(User, cast.student.id).password_hash = None
    session.commit()
    there = f"/admin/users/{cast.student.id}"
    assert "No password yet" in as_(cast.manager).get(there).text
    pupil().go(somebody(cast.student))
    assert "No password yet" not in as_(cast.manager).get(there).text
