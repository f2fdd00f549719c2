from __future__ import annotations

import re
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import event, func, select

from webapp.accounts import limits, passwords
from webapp.accounts.models import SignInFailure, User, UserSession
from webapp.app import create_app
from webapp.core import clock
from webapp.core.permissions import Role
from webapp.core.secrets import hash_secret
from webapp.web.sessions import COOKIE

WRONG = "The email address or the password is not right."


def sign_in(send, client, person, password=None, **more):
    return send(client, "/login", email=person.user.email, password=password or person.password, **more)


def sessions_of(session, person):
    session.expire_all()
    return session.scalars(select(UserSession).where(UserSession.user_id == person.id)).all()


def without_tokens(page):
    """Return the page without what is made anew for each request, and without the address that was typed."""
    return re.sub(r'(csrf[-_]token" (?:value|content)|id="email" name="email" value)="[^"]*"', "", page)


def test_the_right_password_begins_a_session(cast, client, session, send):
    answer = sign_in(send, client, cast.student)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    begun = sessions_of(session, cast.student)[0]
    assert begun.token_hash == hash_secret(client.get_cookie(COOKIE).value)
    assert begun.expires_at - begun.created_at == timedelta(days=14)
    assert client.get("/account").status_code == 200


def test_the_address_may_be_typed_in_any_case(cast, client, send):
    answer = send(client, "/login", email=f"  {cast.student.user.email.upper()} ", password=cast.student.password)
    assert answer.status_code == 303


def test_the_secret_changes_at_sign_in(cast, client, send):
    client.get("/login")
    before = client.get_cookie(COOKIE).value
    sign_in(send, client, cast.student)
    assert client.get_cookie(COOKIE).value != before


def test_a_secret_planted_by_somebody_else_is_not_signed_in(app, cast, client, send):
    planted = "planted-by-somebody-else"
    client.set_cookie(COOKIE, planted)
    sign_in(send, client, cast.student)
    thief = app.test_client()
    thief.set_cookie(COOKIE, planted)
    assert thief.get("/account").status_code == 303


def test_signing_in_again_ends_the_session_before(cast, client, session, send):
    sign_in(send, client, cast.student)
    sign_in(send, client, cast.classmate)
    assert [found.revoked_at is None for found in sessions_of(session, cast.student)] == [False]
    assert cast.classmate.user.email in client.get("/account").text


def test_every_refusal_reads_the_same(cast, app, session, send):
    cast.classmate.user.active = False
    cast.teacher.user.password_hash = None
    session.commit()
    attempts = [
        {"email": cast.student.user.email, "password": "wrong"},
        {"email": "nobody@school.test", "password": "wrong"},
        {"email": cast.classmate.user.email, "password": cast.classmate.password},
        {"email": cast.teacher.user.email, "password": "wrong"},
    ]
    answers = [send(app.test_client(), "/login", **attempt) for attempt in attempts]
    assert {answer.status_code for answer in answers} == {422}
    assert all(WRONG in answer.text for answer in answers)
    assert len({without_tokens(answer.text) for answer in answers}) == 1


def test_every_refusal_takes_the_same_way(cast, app, engine, send, monkeypatch):
    """As many statements and as many hashes, whether or not the account exists: nothing to be timed."""
    hashed, asked = [], []
    real = passwords._hasher.verify

    class Counting:
        def verify(self, kept, given):
            hashed.append(len(kept))
            return real(kept, given)

    monkeypatch.setattr(passwords, "_hasher", Counting())
    listener = lambda *args: asked.append(args[2])  # noqa: E731 -- one expression
    event.listen(engine, "before_cursor_execute", listener)
    ways = []
    for email in (cast.student.user.email, "nobody@school.test"):
        client = app.test_client()
        client.get("/login")
        hashed.clear()
        asked.clear()
        send(client, "/login", email=email, password="wrong")
        ways.append((tuple(hashed), tuple(asked)))
    event.remove(engine, "before_cursor_execute", listener)
    assert ways[0] == ways[1]
    assert len(ways[0][0]) == 1


def test_what_was_typed_is_kept_but_for_the_password(cast, client, send):
    page = sign_in(send, client, cast.student, "a-wrong-password").text
    assert cast.student.user.email in page
    assert "a-wrong-password" not in page


@pytest.mark.parametrize(
    "fields", [{}, {"email": "x@school.test"}, {"password": "x"}, {"email": "a" * 300, "password": "x"}]
)
def test_half_a_form_is_refused_in_words(client, send, fields):
    answer = send(client, "/login", **fields)
    assert answer.status_code == 422
    assert "Enter your email address and your password." in answer.text


def test_an_outdated_hash_is_renewed(cast, client, session, send):
    cast.student.user.password_hash = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash("six grey herons")
    session.commit()
    assert sign_in(send, client, cast.student, "six grey herons").status_code == 303
    session.expire_all()
    assert not passwords.is_outdated(session.get(User, cast.student.id).password_hash)


def test_demo_people_stay_out_of_a_real_installation(settings, cast, session, app, send, csrf):
    cast.student.user.is_demo = True
    session.commit()
    demo_client = app.test_client()
    assert sign_in(send, demo_client, cast.student).status_code == 303
    real = create_app(settings.model_copy(update={"demo": False}))
    client = real.test_client()
    client.set_cookie(COOKIE, demo_client.get_cookie(COOKIE).value)
    assert client.get("/account").status_code == 303
    token = csrf(client)
    refused = client.post(
        "/login", data={"email": cast.student.user.email, "password": cast.student.password, "csrf_token": token}
    )
    assert refused.status_code == 422
    with real.app_context():
        real.extensions["sqlalchemy"].engine.dispose()


def test_sign_out_ends_the_session_for_whoever_holds_the_cookie(app, cast, client, send):
    sign_in(send, client, cast.student)
    copied = client.get_cookie(COOKIE).value
    answer = send(client, "/logout")
    assert answer.headers["Location"] == "/login"
    assert client.get_cookie(COOKIE).value != copied
    thief = app.test_client()
    thief.set_cookie(COOKIE, copied)
    assert thief.get("/account").status_code == 303


def test_sign_out_of_a_stranger_changes_nothing(client, send):
    assert send(client, "/logout").status_code == 303


def test_who_is_signed_in_is_led_on(cast, as_):
    assert as_(cast.student).get("/login?next=/account").headers["Location"] == "/account"


def test_the_page_that_was_wanted_comes_after_sign_in(cast, client, send):
    asked = client.get("/account/tokens?x=1")
    assert asked.headers["Location"] == "/login?next=/account/tokens?x%3D1"
    assert 'name="next" value="/account/tokens?x=1"' in client.get(asked.headers["Location"]).text
    answer = sign_in(send, client, cast.student, next="/account/tokens?x=1")
    assert answer.headers["Location"] == "/account/tokens?x=1"


def test_who_is_signed_out_meanwhile_comes_back_to_the_page_that_they_were_on(client, send):
    page = {"HX-Current-URL": "http://localhost/tasks?status=all"}
    asked = client.get("/quick-stats", headers={"HX-Request": "true", **page})
    assert (asked.status_code, asked.headers["HX-Redirect"]) == (401, "/login?next=/tasks?status%3Dall")
    sent = send(client, "/tasks", title="Essay", headers={"Referer": "http://localhost/tasks/new"})
    assert (sent.status_code, sent.headers["Location"]) == (303, "/login?next=/tasks/new")
    elsewhere = client.get(
        "/quick-stats", headers={"HX-Request": "true", "HX-Current-URL": "https://evil.example//evil"}
    )
    assert elsewhere.headers["HX-Redirect"] == "/login"


class TestLifetime:
    def test_a_session_ends_after_three_days_without_use(self, cast, client, send, clock_at):
        clock_at("2026-11-02T08:00:00Z")
        sign_in(send, client, cast.student)
        clock_at("2026-11-05T07:59:59Z")
        assert client.get("/account").status_code == 200
        clock_at("2026-11-05T08:00:01Z")
        assert client.get("/account").status_code == 303

    def test_use_keeps_it_for_up_to_fourteen_days(self, app, cast, client, send, clock_at):
        clock_at("2026-11-02T08:00:00Z")
        sign_in(send, client, cast.student)
        for day in range(4, 16, 2):
            clock_at(f"2026-11-{day:02d}T08:00:00Z")
            assert client.get("/account").status_code == 200
            app.extensions["milepost_presence"].flush()
        clock_at("2026-11-16T08:00:01Z")
        assert client.get("/account").status_code == 303

    def test_reading_writes_nothing_by_itself(self, app, cast, client, send, session, clock_at):
        clock_at("2026-11-02T08:00:00Z")
        sign_in(send, client, cast.student)
        clock_at("2026-11-02T09:00:00Z")
        client.get("/account")
        assert sessions_of(session, cast.student)[0].last_seen_at.hour == 8
        session.rollback()
        app.extensions["milepost_presence"].flush()
        assert sessions_of(session, cast.student)[0].last_seen_at.hour == 9


class TestLimits:
    def test_five_wrong_passwords_close_the_door_for_this_address(self, cast, client, send, clock_at):
        clock_at("2026-11-02T08:00:00Z")
        for _ in range(5):
            assert sign_in(send, client, cast.student, "wrong").status_code == 422
        clock_at("2026-11-02T08:05:00Z")
        refused = sign_in(send, client, cast.student)
        assert refused.status_code == 429
        assert refused.headers["Retry-After"] == "600"
        assert "Wait 10 minutes" in refused.text
        clock_at("2026-11-02T08:15:01Z")
        assert sign_in(send, client, cast.student).status_code == 303

    def test_a_closed_door_counts_no_further_failures(self, cast, client, send, session):
        for _ in range(9):
            sign_in(send, client, cast.student, "wrong")
        assert session.scalar(select(func.count()).select_from(SignInFailure)) == 5

    def test_accounts_that_do_not_exist_have_the_same_door(self, app, client, send):
        for _ in range(5):
            assert send(client, "/login", email="nobody@school.test", password="wrong").status_code == 422
        assert send(client, "/login", email="Nobody@school.test", password="wrong").status_code == 429

    def test_another_address_still_gets_in(self, cast, client, send, app):
        for _ in range(5):
            sign_in(send, client, cast.student, "wrong")
        elsewhere = app.test_client()
        elsewhere.environ_base["REMOTE_ADDR"] = "198.51.100.7"
        assert sign_in(send, elsewhere, cast.student).status_code == 303

    def test_the_right_password_wipes_the_slate(self, cast, client, send):
        for _ in range(3):
            for _ in range(4):
                assert sign_in(send, client, cast.student, "wrong").status_code == 422
            assert sign_in(send, client, cast.student).status_code == 303

    def test_an_account_has_a_limit_whatever_the_addresses(self, cast, session, client, send):
        moment = clock.now()
        account = hash_secret(cast.student.user.email)
        for number in range(limits.PER_ACCOUNT.failures):
            session.add(SignInFailure(account_hash=account, address=f"198.51.100.{number}", failed_at=moment))
        session.commit()
        assert sign_in(send, client, cast.student).status_code == 429
        assert sign_in(send, client, cast.classmate).status_code == 303

    def test_addresses_are_kept_hashed_for_accounts(self, client, send, session):
        send(client, "/login", email="nobody@school.test", password="wrong")
        kept = session.scalars(select(SignInFailure)).one()
        assert b"nobody" not in kept.account_hash

    @pytest.mark.slow
    def test_a_whole_school_signs_in_from_one_address_within_a_minute(
        self, app, cast, session, csrf, clock_at, monkeypatch
    ):
        quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        monkeypatch.setattr(passwords, "_hasher", quick)
        shared = {"role": Role.STUDENT, "school_id": cast.school.id, "password_hash": quick.hash("six grey herons")}
        addresses = [f"pupil{number}@school.test" for number in range(500)]
        session.add_all(User(email=address, **shared) for address in addresses)
        session.commit()
        client = app.test_client()
        client.get("/login")
        stranger, token = client.get_cookie(COOKIE).value, csrf(client)
        clock_at("2026-11-02T08:00:00Z")
        for address in addresses:
            client.set_cookie(COOKIE, stranger)
            fields = {"email": address, "password": "six grey herons", "csrf_token": token}
            assert client.post("/login", data=fields).status_code == 303
        assert session.scalar(select(func.count()).select_from(UserSession)) == 500
