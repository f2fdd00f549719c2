"""Codes beside the password: set up, asked for, taken once, lost and taken away."""

from __future__ import annotations

import re

import pyotp
import pytest
from sqlalchemy import select

from tests.conftest import PASSWORD
from webapp.accounts.models import UserSession
from webapp.accounts.second_factor.models import PendingSignIn, RecoveryCode, SecondFactor
from webapp.accounts.second_factor.routes import sealer
from webapp.audit.models import AuditEntry

BEGIN = "2026-11-21T10:00:00Z"


@pytest.fixture
def desk(app, session, csrf, as_, clock_at):
    """Return ways to press buttons, and to know the codes that a phone would show."""
    clock_at(BEGIN)

    class Desk:
        def press(self, client, path, **fields):
            return client.post(path, data=fields, headers={"X-CSRFToken": csrf(client)})

        def code(self, person):
            with app.app_context():
                session.commit()
                row = session.get(SecondFactor, person.id, populate_existing=True)
                secret = sealer().open(row.sealed_secret)
                session.commit()
            return pyotp.TOTP(secret).now()

        def set_up(self, person):
            """Set codes up on the account page; return the recovery codes."""
            client = as_(person)
            assert self.press(client, "/account/second-factor").status_code == 303
            page = client.get("/account/second-factor").text
            assert "data:image/svg+xml" in page
            answer = self.press(client, "/account/second-factor/confirm", code=self.code(person))
            return re.findall(r"<code>([a-z2-7-]{19})</code>", answer.text)

        def give_password(self, person, **fields):
            client = app.test_client()
            client.get("/login")
            return client, self.press(client, "/login", email=person.user.email, password=PASSWORD, **fields)

        def is_in(self, client):
            return client.get("/account").status_code == 200

    return Desk()


def test_a_code_is_asked_for_and_taken_once(desk, cast, clock_at, session):
    codes = desk.set_up(cast.teacher)
    assert len(set(codes)) == 10
    clock_at("2026-11-21T10:01:00Z")
    client, answer = desk.give_password(cast.teacher, next="/tasks")
    assert answer.headers["Location"] == "/login/code?next=/tasks"
    assert not desk.is_in(client)
    assert desk.press(client, "/login/code", code="000000").status_code == 422
    code = desk.code(cast.teacher)
    answer = desk.press(client, "/login/code?next=/tasks", code=code)
    assert (answer.status_code, answer.headers["Location"], desk.is_in(client)) == (303, "/tasks", True)
    again, _ = desk.give_password(cast.teacher)
    assert desk.press(again, "/login/code", code=code).status_code == 422
    assert not desk.is_in(again)
    assert session.scalars(select(PendingSignIn.user_id)).all() == [cast.teacher.id]


def test_the_code_of_the_set_up_is_not_good_for_a_sign_in(desk, cast):
    client = desk.set_up(cast.teacher) and desk.give_password(cast.teacher)[0]
    assert desk.press(client, "/login/code", code=desk.code(cast.teacher)).status_code == 422


def test_a_recovery_code_lets_in_once(desk, cast, session):
    codes = desk.set_up(cast.student)
    client, _ = desk.give_password(cast.student)
    assert desk.press(client, "/login/code", code=f" {codes[3].upper()} ").status_code == 303
    assert desk.is_in(client)
    client, _ = desk.give_password(cast.student)
    assert desk.press(client, "/login/code", code=codes[3]).status_code == 422
    assert desk.press(client, "/login/code", code=codes[4].replace("-", " ")).status_code == 303
    page = client.get("/account/second-factor").text
    assert "Recovery codes left: 8" in page
    kept = session.scalars(select(RecoveryCode.code_hash)).all()
    assert codes[0].replace("-", "").encode() not in kept


def test_guessing_ends_soon_and_a_waiting_browser_too(desk, cast, clock_at):
    desk.set_up(cast.teacher)
    client, _ = desk.give_password(cast.teacher)
    seen = [desk.press(client, "/login/code", code=f"{n:06}").status_code for n in range(7)]
    assert seen == [422] * 5 + [429] * 2
    clock_at("2026-11-21T10:09:00Z")
    assert desk.press(client, "/login/code", code=desk.code(cast.teacher)).status_code == 429
    clock_at("2026-11-21T10:16:00Z")
    assert desk.press(client, "/login/code", code=desk.code(cast.teacher)).headers["Location"] == "/login"


def test_a_school_insists_for_its_staff(desk, cast, as_, session):
    manager, path = as_(cast.manager), f"/admin/schools/{cast.school.id}/codes"
    refused = desk.press(manager, path, staff_need_codes="true")
    assert (refused.status_code, "Set codes up for yourself first" in refused.text) == (422, True)
    desk.set_up(cast.manager)
    teacher, student = as_(cast.teacher), as_(cast.student)
    assert desk.press(manager, path, staff_need_codes="true").status_code == 303
    assert (desk.is_in(teacher), desk.is_in(student), desk.is_in(manager)) == (False, True, True)
    assert desk.is_in(desk.give_password(cast.student)[0])
    client, _ = desk.give_password(cast.teacher)
    page = client.get("/login/code").text
    assert "Your school asks its staff" in page
    assert "data:image/svg+xml" in page
    assert not desk.is_in(client)
    assert "Recovery codes" in desk.press(client, "/login/code", code=desk.code(cast.teacher)).text
    assert desk.is_in(client)
    refused = desk.press(client, "/account/second-factor/remove", current_password=PASSWORD)
    assert (refused.status_code, "asks its staff" in refused.text) == (409, True)
    assert desk.press(as_(cast.other_manager), path).status_code == 404
    assert desk.press(manager, path).status_code == 303
    assert desk.is_in(desk.give_password(cast.other_teacher)[0])


def test_with_the_flag_off_none_are_set_up_and_no_school_insists_but_who_has_them_is_asked(desk, cast, as_, session):
    desk.set_up(cast.manager)
    manager, path = as_(cast.manager), f"/admin/schools/{cast.school.id}/codes"
    assert desk.press(manager, path, staff_need_codes="true").status_code == 303
    desk.press(as_(cast.admin), "/admin/flags", name="second_factor", percentage="0", school_id=str(cast.school.id))
    assert desk.is_in(desk.give_password(cast.teacher)[0])
    assert desk.give_password(cast.manager)[1].headers["Location"].startswith("/login/code")
    teacher = as_(cast.teacher)
    assert "switched off here" in teacher.get("/account/second-factor").text
    refused = desk.press(teacher, "/account/second-factor")
    assert (refused.status_code, "switched off here" in refused.text) == (409, True)
    assert session.get(SecondFactor, cast.teacher.id) is None
    session.rollback()
    assert "Switched off here" in as_(cast.manager).get(path).text
    assert desk.press(as_(cast.other_teacher), "/account/second-factor").status_code == 303
    desk.press(as_(cast.admin), "/admin/flags", name="second_factor", percentage="100", school_id=str(cast.school.id))
    assert not desk.is_in(desk.give_password(cast.teacher)[0])


def test_removing_and_resetting(desk, cast, as_, session):
    desk.set_up(cast.student)
    desk.set_up(cast.teacher)
    own = as_(cast.student)
    assert desk.press(own, "/account/second-factor/remove", current_password="wrong").status_code == 422
    assert desk.press(own, "/account/second-factor/remove", current_password=PASSWORD).status_code == 303
    assert desk.is_in(desk.give_password(cast.student)[0])
    path = f"/admin/users/{cast.teacher.id}/second-factor/reset"
    assert desk.press(as_(cast.other_manager), path).status_code == 404
    assert desk.press(as_(cast.student), path).status_code == 403
    assert desk.press(as_(cast.manager), f"/admin/users/{cast.admin.id}/second-factor/reset").status_code == 404
    before = as_(cast.teacher)
    assert desk.press(as_(cast.manager), path).status_code == 303
    assert not desk.is_in(before)
    assert desk.is_in(desk.give_password(cast.teacher)[0])
    said = session.scalars(
        select(AuditEntry.action).where(AuditEntry.chain_id == cast.school.id).order_by(AuditEntry.place)
    ).all()
    assert {"second_factor.added", "second_factor.removed", "second_factor.reset"} <= set(said)


def test_the_password_alone_begins_no_session(desk, cast, session):
    desk.set_up(cast.teacher)
    count = len(session.scalars(select(UserSession.id)).all())
    session.commit()
    desk.give_password(cast.teacher)
    assert len(session.scalars(select(UserSession.id)).all()) == count
