from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from tests.reports.conftest import ALL_DUE, DATES, WEEK
from webapp.accounts.models import User
from webapp.reports.models import ReportChoice
from webapp.reports.tokens import read_token, report_token

PAGE, CHOICE, API = "/reports/weekly", "/reports/weekly/mail", "/api/v1/reports/weekly"
KEY = "only-for-tests"


def choices(session):
    session.rollback()
    found = {user_id: wanted for user_id, wanted in session.execute(select(ReportChoice.user_id, ReportChoice.wanted))}  # noqa: C416 - rows are no pairs
    session.rollback()
    return found


class TestThePage:
    def test_it_shows_the_last_week_that_is_over_and_leads_to_others(self, world, cast, as_):
        client = as_(cast.manager)
        page = client.get(PAGE).text
        assert "26 October to 1 November 2026" in page
        assert 'href="/reports/weekly?week=2026-W43"' in page
        assert 'href="/reports/weekly?week=2026-W45"' in page
        assert page.count("at high risk") + page.count("reason to look closer") > 0
        running = client.get(f"{PAGE}?week=2026-W45").text
        assert "this week is still running" in running
        assert "2026-W46" not in running

    def test_a_fragment_is_the_same_file(self, world, cast, as_):
        answer = as_(cast.teacher).get(PAGE, headers={"HX-Request": "true"})
        assert answer.text.lstrip().startswith('<div id="weekly"')

    @pytest.mark.parametrize("week", ["2026-W46", "2026-W99", "nonsense", "0000-W01", "9999-W52"])
    def test_a_week_that_is_none_is_refused(self, world, cast, as_, week):
        assert as_(cast.manager).get(f"{PAGE}?week={week}").status_code == 422
        assert as_(cast.manager).get(f"{API}?week={week}").status_code == 422

    def test_students_and_strangers_have_none(self, world, cast, as_, client):
        for address in (PAGE, f"{PAGE}.csv", API):
            assert as_(cast.student).get(address).status_code == 403
            assert client.get(address).status_code in {302, 303, 401}

    def test_another_school_is_like_none(self, world, cast, as_):
        for address in (PAGE, f"{PAGE}.csv", API):
            asked = f"{address}?school_id={cast.other_school.id}"
            assert as_(cast.manager).get(asked).status_code == 404
            assert as_(cast.teacher).get(asked).status_code == 404
            assert as_(cast.admin).get(asked).status_code == 200
            assert as_(cast.admin).get(f"{address}?school_id={cast.admin.id}").status_code == 404

    def test_an_admin_reads_what_a_manager_gets(self, world, cast, as_):
        asked = f"{API}?school_id={cast.school.id}&week={WEEK}"
        assert as_(cast.admin).get(asked).get_json() == as_(cast.manager).get(asked).get_json()
        assert as_(cast.admin).get(API).status_code == 422

    def test_page_tables_and_api_agree(self, world, cast, as_):
        client = as_(cast.manager)
        found = client.get(f"{API}?week={WEEK}").get_json()
        summary = client.get(f"/api/v1/analytics/summary?{DATES}").get_json()
        figures = {row["figure"]: row["value"] for row in found["figures"]}
        assert figures["xp"] == summary["xp_total"]
        assert figures["activities"] == summary["activities"] > 0
        performance = client.get(f"/api/v1/analytics/class-performance?{DATES}").get_json()["items"]
        assert sorted(performance, key=str) == sorted((row["now"] for row in found["classes"]), key=str)
        assert client.get(f"{PAGE}.csv?week={WEEK}").data == client.get(f"/overview.csv?{DATES}").data
        assert client.get(f"{PAGE}.csv?part=at_risk").data == client.get("/at-risk.csv").data
        page = client.get(f"{PAGE}?week={WEEK}").text
        assert f"{summary['xp_total']:,}" in page


class TestTheMailSwitch:
    def test_off_and_on_again_by_a_plain_form(self, world, cast, as_, send, session):
        client = as_(cast.teacher)
        assert "next <time" in client.get(PAGE).text
        answer = send(client, CHOICE)
        assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
        assert choices(session) == {cast.teacher.viewer.user_id: False}
        assert "Does not come by mail" in client.get(PAGE).text
        send(client, CHOICE, wanted="true")
        assert choices(session) == {cast.teacher.viewer.user_id: True}

    def test_by_htmx(self, world, cast, as_, send):
        answer = send(as_(cast.manager), CHOICE, headers={"HX-Request": "true"})
        assert answer.status_code == 200
        assert answer.text.lstrip().startswith('<section id="delivery"')
        assert "no longer comes by mail" in answer.headers["HX-Trigger"]

    def test_not_for_those_who_get_none(self, world, cast, as_, send, session):
        assert send(as_(cast.admin), CHOICE, wanted="true").status_code == 403
        assert send(as_(cast.student), CHOICE, wanted="true").status_code == 403
        assert choices(session) == {}

    def test_what_is_no_answer_is_refused(self, world, cast, as_, send):
        assert send(as_(cast.manager), CHOICE, wanted="perhaps").status_code == 422


class TestTheLinkInMails:
    @pytest.fixture
    def link(self, world, report, mails):
        report()
        mail, _ = mails()["teacher@school.test"]
        assert mail.unsubscribe_url in mail.text_body
        assert mail.unsubscribe_url in mail.html_body
        return mail.unsubscribe_url.removeprefix("http://localhost:8000")

    def test_following_it_changes_nothing(self, client, link, session):
        answer = client.get(link)
        assert "Stop these mails?" in answer.text
        assert "teacher" not in answer.text.lower()
        assert choices(session) == {}

    def test_a_mail_program_stops_it_in_one_click(self, app, link, cast, session, clock_at, report, mails):
        """RFC 8058: a POST without cookies, answered without a redirect."""
        for _ in range(2):
            assert app.test_client().post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
        assert choices(session) == {cast.teacher.viewer.user_id: False}
        clock_at(ALL_DUE + timedelta(days=7))
        before = set(mails())
        report()
        assert "teacher@school.test" in before
        assert sum(mail.recipient == "teacher@school.test" for mail, _ in mails().values()) == 1

    def test_its_button_works_without_scripts(self, client, link, cast, session):
        page = client.get(link).text
        action = re.search(r'<form method="post" action="([^"]+)"', page)[1]
        assert "These mails have stopped" in client.post(action).text
        assert choices(session) == {cast.teacher.viewer.user_id: False}

    def test_of_somebody_who_is_gone_it_does_nothing(self, app, link, cast, session):
        session.execute(delete(User).where(User.id == cast.teacher.id))
        session.commit()
        assert app.test_client().post(link).status_code == 200

    @pytest.mark.parametrize("place", [0, 10, 21, 30, 47])
    def test_a_changed_one_is_worth_nothing(self, client, link, place):
        start, _, token = link.rpartition("/")
        other = "A" if token[place] != "A" else "B"
        forged = f"{start}/{token[:place]}{other}{token[place + 1 :]}"
        assert client.get(forged).status_code == 404
        assert client.post(forged).status_code == 404


@pytest.mark.parametrize("token", ["", "x", "é" * 48, "=" * 48, "A" * 48, "%" * 48])
def test_what_we_never_made_is_no_token(token):
    assert read_token(KEY, token) is None


def test_a_token_says_whose_it_is(cast):
    token = report_token(KEY, cast.teacher.id)
    assert read_token(KEY, token) == cast.teacher.id
    assert read_token("another key", token) is None
