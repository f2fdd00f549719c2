"""Setting a password by a link in a mail."""

from __future__ import annotations

import re
import threading

import pytest
from sqlalchemy import event, func, select, update

from webapp.accounts.models import PasswordLink, ResetRequest, SignInFailure, User, UserSession
from webapp.accounts.service.cleaning import forget_expired
from webapp.core.secrets import hash_secret
from webapp.jobs.wrapper import run
from webapp.mail.models import OutgoingMail

ANSWER = "webapp.accounts.recovery.jobs.answer_requests"
SEND = "webapp.mail.jobs.send_mails"
GOOD = "three-quite-unrelated-words"


@pytest.fixture
def box(app):
    """Return the mails that have left."""
    outbox = app.extensions["mailman"].__dict__.setdefault("outbox", [])
    outbox.clear()
    return outbox


@pytest.fixture
def ask(app, client, send, box):
    """Return a way to ask for a link and get the one that came by mail, or None."""

    def reset(email):
        box.clear()
        assert send(client, "/login/forgot", email=email).status_code == 303
        run(app, ANSWER)
        run(app, SEND)
        return re.search(r"http://localhost:8000(\S+)", box[-1].body)[1] if box else None

    return reset


def set_password(send, client, link, password=GOOD, repeat=None):
    secret = link.rpartition("/")[2]
    return send(client, "/login/reset", link=secret, new_password=password, repeat_password=repeat or password)


def number_of(session, table):
    session.rollback()
    found = session.scalar(select(func.count()).select_from(table))
    session.rollback()
    return found


def test_the_whole_way(cast, client, send, ask, box, session):
    assert "/login/forgot" in client.get("/login").text
    link = ask(cast.student.user.email.upper())
    (mail,) = box
    assert (mail.to, mail.subject) == ([cast.student.user.email], "Set a new password for Milepost")
    assert link in mail.alternatives[0][0]
    assert "List-Unsubscribe" not in mail.extra_headers
    assert cast.student.user.email in client.get(link).text
    answer = set_password(send, client, link)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
    assert send(client, "/login", email=cast.student.user.email, password=cast.student.password).status_code == 422
    assert send(client, "/login", email=cast.student.user.email, password=GOOD).status_code == 303


def test_only_a_hash_of_the_link_is_kept(cast, ask, session):
    secret = ask(cast.student.user.email).rpartition("/")[2]
    assert session.scalars(select(PasswordLink.token_hash)).all() == [hash_secret(secret)]
    (mail,) = session.scalars(select(OutgoingMail))
    assert secret not in mail.text_body + mail.html_body + mail.key + mail.subject


def test_a_link_works_once(cast, client, send, ask):
    link = ask(cast.student.user.email)
    assert set_password(send, client, link).status_code == 303
    again = set_password(send, client, link, "some-other-unrelated-words")
    assert again.status_code == 404
    assert "This link is over" in again.text
    assert client.get(link).status_code == 404
    assert send(client, "/login", email=cast.student.user.email, password=GOOD).status_code == 303


def test_it_works_once_though_sent_twice_at_the_same_moment(app, cast, send, ask):
    link, statuses = ask(cast.student.user.email), []
    clients = [app.test_client() for _ in range(4)]
    for each in clients:
        each.get("/login")

    def use(one, number):
        statuses.append(set_password(send, one, link, f"{GOOD}-{number}").status_code)

    threads = [threading.Thread(target=use, args=(one, number)) for number, one in enumerate(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [303, 404, 404, 404]


def test_using_one_makes_all_others_worthless(cast, client, send, ask):
    first, second = ask(cast.student.user.email), ask(cast.student.user.email)
    assert set_password(send, client, second).status_code == 303
    assert set_password(send, client, first, "some-other-unrelated-words").status_code == 404


def test_it_is_good_for_an_hour(cast, client, send, ask, clock_at):
    clock_at("2026-11-18T10:00:00Z")
    link = ask(cast.student.user.email)
    clock_at("2026-11-18T10:59:59Z")
    assert client.get(link).status_code == 200
    clock_at("2026-11-18T11:00:00Z")
    assert client.get(link).status_code == 404
    assert set_password(send, client, link).status_code == 404


def test_a_mail_that_is_late_is_not_sent(app, cast, client, send, box, clock_at):
    clock_at("2026-11-18T10:00:00Z")
    send(client, "/login/forgot", email=cast.student.user.email)
    run(app, ANSWER)
    clock_at("2026-11-18T11:00:00Z")
    run(app, SEND)
    assert box == []


def test_every_session_ends(cast, as_, client, send, ask, session):
    browsers = [as_(cast.student), as_(cast.student)]
    other = as_(cast.classmate)
    set_password(send, client, ask(cast.student.user.email))
    assert [browser.get("/account").status_code for browser in browsers] == [303, 303]
    assert other.get("/account").status_code == 200


def test_failures_are_forgotten_with_the_password_that_failed(cast, client, send, ask, session):
    for _ in range(6):
        send(client, "/login", email=cast.student.user.email, password="wrong")
    assert send(client, "/login", email=cast.student.user.email, password="wrong").status_code == 429
    set_password(send, client, ask(cast.student.user.email))
    assert send(client, "/login", email=cast.student.user.email, password=GOOD).status_code == 303
    assert number_of(session, SignInFailure) == 0


@pytest.mark.parametrize(
    ("password", "repeat", "field"),
    [("short", None, "new_password"), ("password1", None, "new_password"), (GOOD, "another", "repeat_password")],
)
def test_a_weak_password_is_refused_and_the_link_stays_good(cast, client, send, ask, password, repeat, field):
    link = ask(cast.student.user.email)
    refused = set_password(send, client, link, password, repeat)
    assert refused.status_code == 422
    assert f'id="{field}-error"' in refused.text
    assert set_password(send, client, link).status_code == 303


class TestStrangersLearnNothing:
    def test_the_answer_is_the_same_for_every_address(self, cast, client, send, session):
        answers = [
            send(client, "/login/forgot", email=email) for email in (cast.student.user.email, "nobody@school.test")
        ]
        first, second = [(each.status_code, each.headers["Location"], each.data) for each in answers]
        assert first == second

    def test_so_is_the_work(self, cast, client, send, engine):
        """The same statements: whoever has a stop-watch learns nothing either."""
        seen = {}
        client.get("/login")
        for email in (cast.student.user.email, "nobody@school.test"):
            said = seen.setdefault(email, [])

            def note(_connection, _cursor, statement, *_rest, said=said):
                said.append(statement)

            event.listen(engine, "before_cursor_execute", note)
            send(client, "/login/forgot", email=email)
            event.remove(engine, "before_cursor_execute", note)
        first, second = seen.values()
        assert first == second
        assert [statement for statement in first if "users" in statement] == []

    def test_nobody_gets_no_mail(self, ask, session):
        assert ask("nobody@school.test") is None
        assert number_of(session, OutgoingMail) == 0

    def test_the_address_that_was_asked_about_is_forgotten(self, ask, cast, session):
        ask("nobody@school.test")
        ask(cast.student.user.email)
        assert set(session.scalars(select(ResetRequest.email))) == {""}

    def test_the_link_is_made_of_settings_not_of_the_request(self, app, cast, client, send, box):
        headers = {"X-Forwarded-Host": "evil.test"}
        send(client, "/login/forgot", headers=headers, email=cast.student.user.email)
        run(app, ANSWER)
        run(app, SEND)
        assert "evil.test" not in box[0].body
        assert client.post("/login/forgot", headers={"Host": "evil.test"}).status_code == 400

    @pytest.mark.parametrize("email", ["known", "nobody@school.test"])
    def test_asking_again_and_again_is_refused_alike(self, cast, client, send, email):
        address = cast.student.user.email if email == "known" else email
        statuses = [send(client, "/login/forgot", email=address) for _ in range(4)]
        assert [each.status_code for each in statuses] == [303, 303, 303, 429]
        assert 3590 <= int(statuses[-1].headers["Retry-After"]) <= 3600
        assert address in statuses[-1].text


def test_a_disabled_person_gets_no_link_and_can_use_none(cast, client, send, ask, session):
    link = ask(cast.student.user.email)
    session.execute(update(User).where(User.id == cast.student.id).values(active=False))
    session.commit()
    assert client.get(link).status_code == 404
    assert set_password(send, client, link).status_code == 404
    assert ask(cast.student.user.email) is None


@pytest.mark.parametrize("email", ["", "nobody", "a@b, c@d", "a@b\r\nBcc: c@d.test", "x" * 250 + "@a.test"])
def test_what_is_no_address_is_refused_in_words(client, send, email, session):
    answer = send(client, "/login/forgot", email=email)
    assert answer.status_code == 422
    assert 'id="email-error"' in answer.text
    assert number_of(session, ResetRequest) == 0


@pytest.mark.parametrize("secret", ["x", "x" * 43, "x" * 64, "x" * 3000, "%00", "é"])
def test_rubbish_is_no_link(client, cast, secret):
    assert client.get(f"/login/reset/{secret}").status_code == 404


def test_an_invitation_is_good_for_a_week_and_sets_the_first_password(app, cast, client, send, box, session, clock_at):
    clock_at("2026-11-18T10:00:00Z")
    session.add(User(email="new@school.test", first_name="New", role=cast.student.user.role, school_id=cast.school.id))
    session.commit()
    done = app.test_cli_runner().invoke(args=["users", "invite", "--email", "new@school.test"])
    assert done.exit_code == 0
    run(app, SEND)
    assert box[0].subject == "Your Milepost account"
    link = re.search(r"http://localhost:8000(\S+)", box[0].body)[1]
    clock_at("2026-11-25T09:59:00Z")
    assert "Welcome to Milepost" in client.get(link).text
    assert set_password(send, client, link).status_code == 303
    assert send(client, "/login", email="new@school.test", password=GOOD).status_code == 303


def test_old_links_and_requests_go(cast, ask, session, clock_at):
    clock_at("2026-11-18T10:00:00Z")
    ask(cast.student.user.email)
    clock_at("2026-11-20T10:00:00Z")
    forget_expired(session)
    session.commit()
    assert (number_of(session, PasswordLink), number_of(session, ResetRequest)) == (0, 0)
    assert number_of(session, UserSession) == 0
