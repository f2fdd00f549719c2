"""Signing out here, and by the provider's own page there as well."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urlsplit

import pytest
from joserfc.jwt import decode
from sqlalchemy import select

from tests.accounts.school_sign_in.browsers import DOOR, rows
from tests.conftest import PASSWORD
from webapp.accounts.models import UserSession
from webapp.accounts.school_sign_in import discovery

LEAVE = f"{DOOR}/leave"
HERE = frozenset({"127.0.0.1"})


def signed_out(session, person):
    ended = select(UserSession.revoked_at).where(UserSession.user_id == person.id).order_by(UserSession.id.desc())
    return rows(session, ended)[0] is not None


def onward(page):
    found = re.findall(r'href="([^"]*)"[^>]* data-follow-now', page.text)
    return unescape(found[0]) if found else None


def test_the_whole_way_out_ends_at_the_door_of_the_school(school, pupil, somebody, cast, session, provider):
    school(leave_too=True)
    subject, browser = somebody(cast.student), pupil()
    browser.go(subject)
    out = browser.press("/logout")
    assert (out.status_code, out.headers["Location"]) == (303, LEAVE)
    assert (browser.is_in, signed_out(session, cast.student)) == (False, True)
    told, back = provider.part(onward(browser.client.get(LEAVE)))
    keys = discovery.keys(discovery.metadata(provider.issuer, HERE), HERE)
    assert decode(told.pop("id_token_hint"), keys).claims["sub"] == subject
    door = f"http://localhost:8000{DOOR}"
    assert told == {"client_id": "milepost", "post_logout_redirect_uri": door, "state": "signed-out"}
    parts = urlsplit(back)
    page = browser.client.get(f"{parts.path}?{parts.query}")
    assert (page.status_code, "signed out, here and at your school" in page.text) == (200, True)
    # The token is good for one way out; without it the provider asks whom it is to sign out.
    assert "id_token_hint" not in onward(browser.client.get(LEAVE))


def test_the_token_stays_in_the_browser_and_sealed(school, pupil, somebody, cast):
    school(leave_too=True)
    browser = pupil()
    browser.go(somebody(cast.student))
    cookie = browser.client.get_cookie("milepost_leaving", path="/login/school")
    assert (cookie.http_only, cookie.same_site) == (True, "Lax")
    assert "eyJ" not in cookie.value
    browser.client.set_cookie("milepost_leaving", "x" + cookie.value, path="/login/school")
    browser.press("/logout")
    assert "id_token_hint" not in onward(browser.client.get(LEAVE))


def test_where_the_provider_is_away_one_is_signed_out_here_and_told(school, pupil, somebody, cast, session):
    school(leave_too=True)
    browser = pupil()
    browser.go(somebody(cast.student))
    school(leave_too=True, issuer="http://127.0.0.1:9")
    assert browser.press("/logout").headers["Location"] == LEAVE
    assert (browser.is_in, signed_out(session, cast.student)) == (False, True)
    page = browser.client.get(LEAVE)
    assert (page.status_code, onward(page), "could not be told" in page.text) == (200, None, True)


@pytest.mark.parametrize(
    ("setting", "page"), [({"leave_too": False}, 200), ({"leave_too": True, "active": False}, 404)]
)
def test_where_the_school_does_not_say_so_signing_out_stays_here(school, pupil, somebody, cast, setting, page):
    browser = pupil()
    browser.go(somebody(cast.student))
    assert browser.client.get_cookie("milepost_leaving", path="/login/school") is None
    school(**setting)
    assert browser.press("/logout").headers["Location"] == "/login"
    asked = browser.client.get(LEAVE)
    assert (asked.status_code, onward(asked)) == (page, None)


def test_who_came_by_password_or_is_still_in_goes_nowhere(school, cast, client, as_, send):
    school(leave_too=True)
    send(client, "/login", email=cast.student.user.email, password=PASSWORD)
    assert client.get(LEAVE).headers["Location"] == "/"
    assert send(client, "/logout").headers["Location"] == "/login"
    assert send(as_(cast.admin), "/logout").headers["Location"] == "/login"


def test_a_provider_that_names_no_way_out_is_not_asked_for_one(school, pupil, somebody, cast, provider, monkeypatch):
    school(leave_too=True)
    browser = pupil()
    browser.go(somebody(cast.student))
    nameless = discovery.metadata(provider.issuer, HERE).model_copy(update={"end_session_endpoint": None})
    monkeypatch.setattr(discovery, "metadata", lambda *_, **__: nameless)
    browser.press("/logout")
    assert onward(browser.client.get(LEAVE)) is None
