from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from tests.reminders.conftest import MONDAY
from webapp.reminders import queries
from webapp.reminders.models import ReminderKind, ReminderSubscription
from webapp.reminders.tokens import read_token, unsubscribe_token

PAGE = "/account/reminders"
KEY = "only-for-tests"


def kinds(session, person):
    session.rollback()
    mine = select(ReminderSubscription.kind).where(ReminderSubscription.user_id == person.id)
    found = set(session.scalars(mine))
    session.rollback()
    return found


class TestThePage:
    def test_all_is_off_at_first(self, cast, as_):
        page = as_(cast.student).get(PAGE).text
        assert " checked" not in page
        assert "student@school.test" in page
        assert "No reminders yet" in page

    def test_switching_on_by_a_plain_form(self, cast, as_, send, session, clock_at):
        clock_at("2026-11-18T10:00:00Z")
        client = as_(cast.student)
        answer = send(client, PAGE, weekly_digest="true", quiet_from="20:00", quiet_until="07:30")
        assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
        page = client.get(PAGE).text
        assert page.count(" checked") == 1
        assert "Monday 23 November, 07:30" in page
        assert 'value="20:00"' in page
        assert kinds(session, cast.student) == {ReminderKind.WEEKLY_DIGEST}

    def test_switching_on_by_htmx(self, cast, as_, send):
        answer = send(as_(cast.student), PAGE, headers={"HX-Request": "true"}, goal_at_risk="true")
        assert answer.status_code == 200
        assert answer.text.lstrip().startswith('<div class="grid-halves halves-free" id="reminders">')
        assert "Your reminders are saved." in answer.headers["HX-Trigger"]

    def test_switching_off(self, cast, as_, send, session):
        client = as_(cast.student)
        send(client, PAGE, weekly_digest="true", goal_at_risk="true")
        send(client, PAGE, goal_at_risk="true")
        assert kinds(session, cast.student) == {ReminderKind.GOAL_AT_RISK}
        send(client, PAGE)
        assert kinds(session, cast.student) == set()
        assert queries.reminders(session, cast.student.viewer).quiet is None

    @pytest.mark.parametrize(
        ("fields", "name"),
        [
            ({"quiet_from": "20:00"}, "quiet_until"),
            ({"quiet_until": "07:00"}, "quiet_from"),
            ({"quiet_from": "07:00", "quiet_until": "07:00"}, "quiet_until"),
            ({"quiet_from": "25:00", "quiet_until": "07:00"}, "quiet_from"),
            ({"quiet_from": "20:00", "quiet_until": "7"}, "quiet_until"),
        ],
    )
    def test_what_cannot_be_is_refused_and_kept(self, cast, as_, send, session, fields, name):
        answer = send(as_(cast.student), PAGE, weekly_digest="true", **fields)
        assert answer.status_code == 422
        assert f'id="{name}-error"' in answer.text
        for value in fields.values():
            assert f'value="{value}"' in answer.text
        assert answer.text.count(" checked") == 1
        assert kinds(session, cast.student) == set()

    def test_what_was_sent_is_listed(self, cast, as_, clock_at, plan, subscribe, remind):
        clock_at(MONDAY - 6 * (MONDAY - MONDAY.replace(day=22)))
        plan(cast.student, MONDAY)
        subscribe(cast.student)
        clock_at(MONDAY)
        remind()
        assert "23 November 2026, 07:00</time> · on its way" in as_(cast.student).get(PAGE).text
        assert "No reminders yet" in as_(cast.classmate).get(PAGE).text


class TestTheLinkInMails:
    @pytest.fixture
    def link(self, cast, clock_at, plan, subscribe, remind, mails):
        clock_at(MONDAY - 6 * (MONDAY - MONDAY.replace(day=22)))
        plan(cast.student, MONDAY)
        subscribe(cast.student, goal_at_risk=True)
        subscribe(cast.classmate)
        clock_at(MONDAY)
        remind()
        (mail,) = mails()
        assert mail.unsubscribe_url in mail.text_body
        assert mail.unsubscribe_url in mail.html_body
        assert mail.unsubscribe_url.startswith("http://localhost:8000/reminders/off/")
        return mail.unsubscribe_url.removeprefix("http://localhost:8000")

    def test_following_it_changes_nothing(self, client, link, cast, session):
        answer = client.get(link)
        assert answer.status_code == 200
        assert "Stop these mails?" in answer.text
        assert len(kinds(session, cast.student)) == 2

    def test_its_button_stops_that_reminder_and_no_other(self, client, link, cast, session):
        page = client.get(link).text
        action = re.search(r'<form method="post" action="([^"]+)"', page)[1]
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
        for _ in range(2):
            answer = client.post(action, data={"csrf_token": token})
            assert answer.status_code == 200
            assert "These mails have stopped" in answer.text
        assert kinds(session, cast.student) == {ReminderKind.GOAL_AT_RISK}
        assert kinds(session, cast.classmate) == {ReminderKind.WEEKLY_DIGEST}

    def test_a_mail_program_stops_it_in_one_click(self, app, link, cast, session):
        """RFC 8058: a POST without cookies, answered without a redirect."""
        answer = app.test_client().post(link, data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        assert kinds(session, cast.student) == {ReminderKind.GOAL_AT_RISK}

    def test_its_reader_stays_signed_in_as_who_they_are(self, as_, link, cast, session):
        client = as_(cast.classmate)
        assert client.post(link).status_code == 200
        assert client.get(PAGE).status_code == 200
        assert kinds(session, cast.classmate) == {ReminderKind.WEEKLY_DIGEST}

    def test_the_page_names_nobody(self, client, link):
        assert "student" not in client.get(link).text.lower().replace("students", "")

    @pytest.mark.parametrize("place", [0, 1, 5, 20, 30, 45, 51])
    def test_a_changed_one_is_worth_nothing(self, client, link, place):
        start, _, token = link.rpartition("/")
        other = "A" if token[place] != "A" else "B"
        forged = f"{start}/{token[:place]}{other}{token[place + 1 :]}"
        assert client.get(forged).status_code == 404
        assert client.post(forged).status_code == 404


def test_a_token_says_what_it_was_made_of(cast):
    for kind in ReminderKind:
        token = unsubscribe_token(KEY, cast.student.id, kind)
        assert read_token(KEY, token) == (cast.student.id, kind)
        assert read_token("another key", token) is None


@pytest.mark.parametrize("token", ["", "x", "é" * 52, "=" * 52, "A" * 52, "A" * 51 + "=", "%" * 52])
def test_rubbish_is_no_token(token):
    assert read_token(KEY, token) is None
