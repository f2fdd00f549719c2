from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from webapp.accounts import hooks
from webapp.accounts.models import ApiToken, SignInFailure, User, UserSession
from webapp.core import clock
from webapp.core.secrets import hash_secret
from webapp.rollups.models import DailyMetrics, DirtyDay
from webapp.web.sessions import COOKIE

NEW = "seven brown owls nod"
ACCOUNT = {"first_name": "Ada", "last_name": "Byron", "theme": "dark", "shortcuts_enabled": "true"}


def reread(session, person):
    session.expire_all()
    return session.get(User, person.id)


class TestAccount:
    def test_it_shows_what_is_kept(self, cast, as_):
        page = as_(cast.student).get("/account").text
        assert 'value="Student"' in page
        assert "As at school (Europe/Berlin)" in page
        assert "Northfield School" in page

    def test_an_admin_without_a_school_sees_the_zone_in_force(self, cast, as_):
        page = as_(cast.admin).get("/account").text
        assert ">UTC</option>" in page
        assert "All schools" in page

    def test_changes_are_kept(self, cast, as_, session, send):
        client = as_(cast.student)
        answer = send(client, "/account", **ACCOUNT, time_zone="Asia/Kolkata")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
        person = reread(session, cast.student)
        assert (person.name, person.time_zone, person.theme) == ("Ada Byron", "Asia/Kolkata", "dark")
        page = client.get("/account").text
        assert 'data-bs-theme="dark"' in page
        assert "Your account is saved." in page

    def test_an_empty_box_and_an_empty_choice_mean_no(self, cast, as_, session, send):
        client = as_(cast.student)
        send(client, "/account", **ACCOUNT, time_zone="Asia/Kolkata")
        send(client, "/account", first_name="Ada", theme="auto", time_zone="")
        person = reread(session, cast.student)
        assert (person.last_name, person.time_zone, person.shortcuts_enabled) == ("", None, False)
        assert 'data-shortcuts="off"' in client.get("/account").text

    @pytest.mark.parametrize(
        ("field", "value", "words"),
        [
            ("first_name", "", "This is needed."),
            ("first_name", "x" * 101, "at most 100 characters"),
            ("time_zone", "Mars/Olympus", "Choose a time zone from the list"),
            ("theme", "sepia", "light"),
            ("role", "admin", "This field is not known here."),
            ("school_id", "0", "This field is not known here."),
        ],
    )
    def test_what_cannot_be_used_is_named_and_the_rest_kept_as_typed(
        self, cast, as_, session, send, field, value, words
    ):
        answer = send(as_(cast.student), "/account", **ACCOUNT | {"last_name": "Typed", field: value})
        assert answer.status_code == 422
        assert words in answer.text
        assert 'value="Typed"' in answer.text
        assert reread(session, cast.student).first_name == "Student"

    def test_the_theme_alone(self, cast, as_, session, send):
        assert send(as_(cast.student), "/account/theme", theme="light").status_code == 303
        assert reread(session, cast.student).theme == "light"


class TestZone:
    DAY = date(2026, 11, 18)

    @pytest.fixture
    def history(self, cast, session):
        moment = clock.now()
        kept = {"user_id": cast.student.id, "day_ends_at": moment, "built_at": moment, "scheduled_minutes": 30}
        session.add(DailyMetrics(**kept, local_date=self.DAY))
        session.add(DirtyDay(user_id=cast.student.id, local_date=self.DAY + timedelta(days=30), mark=1))
        session.commit()

    def marked(self, session, cast):
        session.expire_all()
        return set(session.scalars(select(DirtyDay.local_date).where(DirtyDay.user_id == cast.student.id)))

    def test_a_new_zone_marks_all_days_that_may_hold_something(self, cast, as_, session, send, history):
        send(as_(cast.student), "/account", **ACCOUNT, time_zone="Pacific/Kiritimati")
        around = [timedelta(days=days) for days in range(-2, 3)]
        expected = {day + shift for day in (self.DAY, self.DAY + timedelta(days=30)) for shift in around}
        assert self.marked(session, cast) == expected
        assert reread(session, cast.student).stats_version == 1

    @pytest.mark.parametrize("zone", ["", "Europe/Berlin"])
    def test_the_same_zone_marks_nothing(self, cast, as_, session, send, history, zone):
        send(as_(cast.student), "/account", **ACCOUNT, time_zone=zone)
        assert self.marked(session, cast) == {self.DAY + timedelta(days=30)}

    def test_a_listener_is_told_once(self, session, cast, as_, send, monkeypatch):
        told = []
        monkeypatch.setattr(hooks, "_zone_listeners", [])
        listener = lambda _session, user_id: told.append(user_id)  # noqa: E731 -- one expression
        hooks.on_zone_change(listener)
        hooks.on_zone_change(listener)
        send(as_(cast.student), "/account", **ACCOUNT, time_zone="Asia/Tokyo")
        assert told == [(cast.student.id,)]


class TestPassword:
    def change(self, send, client, cast, **fields):
        given = {"current_password": cast.student.password, "new_password": NEW, "repeat_password": NEW}
        return send(client, "/account/password", **given | fields)

    def test_a_new_password_ends_every_other_session(self, app, cast, as_, session, send):
        here, elsewhere = as_(cast.student), as_(cast.student)
        before = here.get_cookie(COOKIE).value
        assert self.change(send, here, cast).status_code == 303
        assert here.get("/account").status_code == 200
        assert elsewhere.get("/account").status_code == 303
        stale = app.test_client()
        stale.set_cookie(COOKIE, before)
        assert stale.get("/account").status_code == 303
        fresh = app.test_client()
        assert send(fresh, "/login", email=cast.student.user.email, password=NEW).status_code == 303

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"current_password": "wrong"}, "This is not your present password."),
            ({"repeat_password": "another"}, "The two new passwords differ."),
            ({"new_password": "short", "repeat_password": "short"}, "Use at least 8 characters."),
            ({"new_password": "password1", "repeat_password": "password1"}, "first that anybody would try"),
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_changes(self, cast, as_, session, send, fields, words):
        client, elsewhere = as_(cast.student), as_(cast.student)
        kept = reread(session, cast.student).password_hash
        session.commit()
        answer = self.change(send, client, cast, **fields)
        assert answer.status_code == 422
        assert words in answer.text
        assert reread(session, cast.student).password_hash == kept
        session.commit()
        assert elsewhere.get("/account").status_code == 200

    def test_guessing_at_an_unattended_device_ends_soon(self, cast, as_, session, send):
        client = as_(cast.student)
        answers = [self.change(send, client, cast, current_password="wrong").status_code for _ in range(6)]
        assert answers == [422] * 5 + [429]
        assert session.scalar(select(func.count()).select_from(SignInFailure)) == 5


class TestSessions:
    def rows(self, session, person):
        session.expire_all()
        return session.scalars(
            select(UserSession).where(UserSession.user_id == person.id).order_by(UserSession.created_at)
        ).all()

    def test_one_sees_where_one_is_signed_in_and_nobody_elses(self, cast, as_, session):
        client = as_(cast.student)
        as_(cast.student)
        as_(cast.classmate)
        page = client.get("/account/sessions").text
        mine = self.rows(session, cast.student)
        assert all(str(row.id) in page for row in mine)
        assert page.count('/revoke"') == 2
        assert page.count("This browser") == 1
        assert str(self.rows(session, cast.classmate)[0].id) not in page

    def test_another_browser_can_be_signed_out(self, cast, as_, session, send):
        other, client = as_(cast.student), as_(cast.student)
        first = self.rows(session, cast.student)[0]
        session.commit()
        assert send(client, f"/account/sessions/{first.id}/revoke").headers["Location"] == "/account/sessions"
        assert other.get("/account").status_code == 303
        assert client.get("/account").status_code == 200

    def test_signing_out_this_one_is_signing_out(self, cast, as_, session, send):
        client = as_(cast.student)
        row = self.rows(session, cast.student)[0]
        session.commit()
        assert send(client, f"/account/sessions/{row.id}/revoke").headers["Location"] == "/login"
        assert client.get("/account").status_code == 303

    def test_all_others_at_once(self, cast, as_, send):
        others = [as_(cast.student) for _ in range(3)]
        client, bystander = as_(cast.student), as_(cast.classmate)
        send(client, "/account/sessions/revoke-others")
        assert "Signed out elsewhere: 3." in client.get("/account/sessions").text
        assert [other.get("/account").status_code for other in others] == [303] * 3
        assert bystander.get("/account").status_code == 200
        send(client, "/account/sessions/revoke-others")
        assert "You were signed in nowhere else." in client.get("/account/sessions").text

    def test_somebody_elses_session_is_not_there(self, cast, as_, session, send):
        victim, client = as_(cast.classmate), as_(cast.student)
        row = self.rows(session, cast.classmate)[0]
        session.commit()
        assert send(client, f"/account/sessions/{row.id}/revoke").status_code == 404
        assert victim.get("/account").status_code == 200


TOKEN = {"name": "nightly copies", "scopes": ["read", "write"], "lifetime": "30"}


class TestTokens:
    def made(self, send, client, **fields):
        page = send(client, "/account/tokens", **TOKEN | fields)
        assert page.status_code == 200
        return page.text.split('id="fresh-secret" value="')[1].split('"')[0]

    def test_the_secret_is_shown_once_and_kept_as_a_hash(self, cast, as_, session, send):
        client = as_(cast.student)
        secret = self.made(send, client)
        assert secret.startswith("mp_")
        kept = session.scalars(select(ApiToken)).one()
        assert (kept.token_hash, kept.scopes) == (hash_secret(secret), "read write")
        assert kept.expires_at - kept.created_at == timedelta(days=30)
        session.commit()
        page = client.get("/account/tokens").text
        assert "nightly copies" in page
        assert secret not in page

    def test_a_token_without_end(self, cast, as_, session, send):
        self.made(send, as_(cast.student), lifetime="never")
        assert session.scalars(select(ApiToken)).one().expires_at is None

    def test_sending_the_form_twice_makes_one_token(self, cast, as_, session, send):
        client = as_(cast.student)
        self.made(send, client)
        again = send(client, "/account/tokens", **TOKEN)
        assert again.status_code == 422
        assert "You have a token of this name" in again.text
        assert session.scalar(select(func.count()).select_from(ApiToken)) == 1

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"name": ""}, "This is needed."),
            ({"scopes": []}, "Choose at least one."),
            ({"scopes": ["read", "admin"]}, "events"),
            ({"lifetime": "10000"}, "never"),
        ],
    )
    def test_what_cannot_be_used_is_refused(self, cast, as_, session, send, fields, words):
        answer = send(as_(cast.student), "/account/tokens", **TOKEN | fields)
        assert answer.status_code == 422
        assert words in answer.text
        assert session.scalar(select(func.count()).select_from(ApiToken)) == 0

    def test_there_is_an_end_to_tokens(self, cast, as_, session, send):
        for number in range(50):
            session.add(
                ApiToken(user_id=cast.student.id, name=str(number), token_hash=bytes([number]) * 32, scopes="read")
            )
        session.commit()
        answer = send(as_(cast.student), "/account/tokens", **TOKEN)
        assert answer.status_code == 409
        assert "Revoke some first" in answer.text

    def test_a_revoked_token_leaves_the_list(self, cast, as_, session, send):
        client = as_(cast.student)
        self.made(send, client)
        token = session.scalars(select(ApiToken)).one()
        session.commit()
        assert send(client, f"/account/tokens/{token.id}/revoke").status_code == 303
        assert "No tokens yet" in client.get("/account/tokens").text
        assert send(client, f"/account/tokens/{token.id}/revoke").status_code == 303

    def test_somebody_elses_token_is_not_there(self, cast, as_, session, send):
        self.made(send, as_(cast.classmate))
        token = session.scalars(select(ApiToken)).one()
        session.commit()
        client = as_(cast.student)
        assert "nightly copies" not in client.get("/account/tokens").text
        assert send(client, f"/account/tokens/{token.id}/revoke").status_code == 404
        session.expire_all()
        assert session.get(ApiToken, token.id).revoked_at is None
