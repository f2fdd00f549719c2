"""The way of a browser to the school's provider and back; and what must not let anybody in."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from sqlalchemy import select

from tests.accounts.school_sign_in.browsers import DOOR, rows, said, told
from webapp.accounts.models import UserSession
from webapp.accounts.school_sign_in.models import SchoolDomain, SchoolIdentity, SchoolProvider
from webapp.flags.models import FeatureFlag


def test_the_whole_way_links_once_and_is_the_same_person_ever_after(school, pupil, somebody, cast, session, provider):
    subject, first = somebody(cast.student), pupil()
    page = first.client.get("/login", query_string={"next": "/tasks"}).text
    assert "Sign in at Northfield School" in page
    sent = dict(parse_qsl(urlsplit(first.set_out(next="/tasks").headers["Location"]).query))
    assert (sent["code_challenge_method"], len(sent["code_challenge"]), sent["response_type"]) == ("S256", 43, "code")
    assert sent["redirect_uri"] == f"http://localhost:8000{DOOR}/return"
    answer = first.go(subject, next="/tasks")
    assert (answer.status_code, answer.headers["Location"], first.is_in) == (303, "/tasks", True)
    link = rows(session, select(SchoolIdentity))[0]
    assert (link.user_id, link.issuer, link.subject) == (cast.student.id, provider.issuer, subject)
    assert said(session, cast.school) == ["identity.linked"]
    provider.has(subject, email="another@school.test", email_verified=False)
    second = pupil()
    assert second.go(subject).headers["Location"] == "/"
    assert "with the school’s account" in second.client.get("/account/sessions").text
    methods = rows(session, select(UserSession.method).where(UserSession.user_id == cast.student.id))
    assert methods == ["school", "school"]
    assert "127.0.0.1" in second.client.get("/account").text


@pytest.mark.parametrize(
    ("claims", "problem"),
    [
        ({"email_verified": False}, "unverified"),
        ({"email_verified": None}, "unverified"),
        ({"email": None}, "unverified"),
        ({"email": "nobody@school.test"}, "unknown"),
        ({"email": "other-student@school.test"}, "unknown"),
        ({"email": "admin@school.test"}, "unknown"),
        ({"nonce": "another"}, "refused"),
        ({"nonce": None}, "refused"),
        ({"iss": "https://elsewhere.test"}, "refused"),
        ({"aud": "somebody-else"}, "refused"),
        ({"aud": ["milepost", "somebody-else"]}, "refused"),
        ({"azp": "somebody-else"}, "refused"),
        ({"exp": 1_700_000_000}, "refused"),
        ({"iat": 4_000_000_000}, "refused"),
        ({"exp": "soon"}, "refused"),
        ({"at_hash": "x"}, "refused"),
    ],
)
def test_whom_and_what_the_provider_says_has_to_be_right(school, pupil, somebody, cast, session, claims, problem):
    browser = pupil()
    answer = browser.go(somebody(cast.student, **claims))
    assert (answer.status_code, told(answer), browser.is_in) == (303, problem, False)
    assert browser.client.get(answer.headers["Location"]).status_code == 200
    assert rows(session, select(SchoolIdentity)) == []
    kept = ["school_sign_in.refused"] if problem in {"unverified", "unknown"} else []
    assert said(session, cast.school) == kept


def test_state_code_and_browser_belong_together(school, pupil, somebody, cast, provider):
    subject, browser = somebody(cast.student), pupil()
    back = provider.agree(browser.set_out().headers["Location"], subject)
    stranger = pupil()
    assert told(stranger.come_back(back)) == "stale"
    stranger.set_out()
    assert told(stranger.come_back(back)) == "stale"
    query = dict(parse_qsl(urlsplit(back).query))
    forged = f"{DOOR}/return?{urlencode({**query, 'iss': 'https://elsewhere.test'})}"
    assert told(browser.come_back(forged)) == "refused"
    browser.set_out()
    assert told(browser.come_back(back)) == "stale"  # its journey ended when it was turned away
    assert not browser.is_in
    # A code that somebody stole and put into a journey of their own lacks the proof.
    thief = pupil()
    state = dict(parse_qsl(urlsplit(thief.set_out().headers["Location"]).query))["state"]
    stolen = provider.agree(pupil().set_out().headers["Location"], subject)
    code = dict(parse_qsl(urlsplit(stolen).query))["code"]
    assert told(thief.press("/login/school/return", code=code, state=state)) == "refused"
    assert not thief.is_in


def test_a_code_is_good_once(school, pupil, somebody, cast, provider, csrf):
    browser = pupil()
    back = provider.agree(browser.set_out().headers["Location"], somebody(cast.student))
    carried = browser.client.get_cookie("milepost_journey", path="/login/school").value
    assert browser.come_back(back).headers["Location"] == "/"
    assert told(browser.come_back(back)) == "stale"
    browser.client.set_cookie("milepost_journey", carried, path="/login/school")
    assert told(browser.come_back(back)) == "refused"


def test_without_the_token_of_the_page_nobody_is_let_in(school, pupil, somebody, cast, provider):
    browser = pupil()
    back = urlsplit(provider.agree(browser.set_out().headers["Location"], somebody(cast.student)))
    answer = browser.client.post("/login/school/return", data=dict(parse_qsl(back.query)))
    assert (answer.status_code, browser.is_in) == (400, False)
    late = pupil().press("/login/school/return", **dict(parse_qsl(back.query)))
    assert (late.status_code, "begun elsewhere or too long ago" in late.text) == (422, True)


@pytest.mark.parametrize("wanted", ["https://evil.test/", "//evil.test", "/\\evil.test", "/no-such-page"])
def test_next_leads_nowhere_else(school, pupil, somebody, cast, wanted):
    assert pupil().go(somebody(cast.student), next=wanted).headers["Location"] == "/"


def test_a_journey_ends_after_ten_minutes_and_on_refusal_by_its_person(school, pupil, provider, somebody, clock_at):
    browser = pupil()
    assert told(browser.client.get(f"{DOOR}/return?error=access_denied&state=x")) == "stale"
    sent = dict(parse_qsl(urlsplit(browser.set_out().headers["Location"]).query))
    denied = browser.client.get(f"{DOOR}/return?error=access_denied&state={sent['state']}")
    assert told(denied) == "cancelled"
    assert "was not finished" in browser.client.get(denied.headers["Location"]).text
    browser.set_out()
    clock_at("2030-01-01T00:00:00Z")
    assert told(browser.client.get(f"{DOOR}/return?code=x&state={sent['state']}")) == "stale"


def test_with_the_flag_off_there_is_no_door(school, pupil, somebody, cast, session, client):
    session.add(FeatureFlag(name="school_sign_in", school_id=cast.school.id, percentage=0))
    session.commit()
    for path in (DOOR, f"{DOOR}/go", f"{DOOR}/return", "/login/school/no-such-school"):
        assert client.get(path).status_code == 404
    assert "Northfield" not in client.get("/login").text


def test_a_provider_that_is_away_or_inside_is_said_to_be_away(school, pupil, client, app, monkeypatch):
    school(issuer="http://127.0.0.1:9")
    answer = client.get(f"{DOOR}/go")
    assert told(answer) == "away"
    page = client.get(answer.headers["Location"]).text
    assert "does not answer just now" in page
    assert "Sign in with a password instead" in page
    for issuer in ("https://localhost", "https://169.254.169.254", "https://[::ffff:10.0.0.1]"):
        school(issuer=issuer)
        assert told(client.get(f"{DOOR}/go")) == "away"


def test_another_key_of_the_application_shuts_this_door_alone(school, session, cast, client):
    session.get(SchoolProvider, cast.school.id).sealed_secret = b"sealed with another key"
    session.commit()
    assert told(client.get(f"{DOOR}/go")) == "away"


def test_a_school_is_found_by_address_or_short_name(school, session, cast, client, send):
    session.add(SchoolDomain(domain="northfield.test", school_id=cast.school.id))
    session.commit()
    for said_so in ("Ada@Northfield.test", "northfield", "northfield.test"):
        assert send(client, "/login/school", school=said_so, next="/tasks").headers["Location"] == f"{DOOR}?next=/tasks"
    refused = send(client, "/login/school", school="ada@elsewhere.test")
    assert (refused.status_code, "ada@elsewhere.test" in refused.text) == (422, True)
