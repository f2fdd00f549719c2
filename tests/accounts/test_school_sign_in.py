"""Signing in with the school's account, at a provider that runs beside the test; and what must not let anybody in."""

from __future__ import annotations

import re
from typing import ClassVar
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
from sqlalchemy import select

from tests.conftest import PASSWORD
from webapp.accounts.models import User, UserSession
from webapp.accounts.school_sign_in.models import SchoolDomain, SchoolIdentity, SchoolProvider
from webapp.accounts.school_sign_in.routes.blueprint import sealer
from webapp.accounts.second_factor.models import SchoolSignIn
from webapp.audit.models import AuditEntry
from webapp.classes.models import ClassGroup, ClassTeacher
from webapp.core.permissions import Role
from webapp.core.secrets import new_secret
from webapp.flags.models import FeatureFlag
from webapp.web.sessions import COOKIE

DOOR = "/login/school/northfield"
FORM = {"client_id": "milepost", "client_secret": "shared", "active": "true"}


@pytest.fixture
def school(app, session, cast, provider):
    """Let Northfield sign in by the provider; return a way to change what it lets the provider decide."""

    def set_up(where=cast.school, **fields):
        row = session.get(SchoolProvider, where.id) or SchoolProvider(school_id=where.id)
        plain = {"issuer": provider.issuer, "client_id": "milepost", "role_map": [], "active": True}
        for name, value in {**plain, **fields}.items():
            setattr(row, name, value)
        with app.app_context():
            row.sealed_secret = sealer("secret").seal("shared")
        session.add(row)
        session.commit()

    set_up()
    return set_up


class Pupil:
    """A browser whose person goes to the provider and back."""

    def __init__(self, app, provider, csrf):
        self.client, self.provider, self.csrf = app.test_client(), provider, csrf

    def set_out(self, **query):
        return self.client.get(f"{DOOR}/go", query_string=query)

    def come_back(self, address):
        """Open the page that the provider sends the browser to, and press its button."""
        parts = urlsplit(address)
        page = self.client.get(f"{parts.path}?{parts.query}")
        if page.status_code != 200:
            return page
        assert "data-submit-now" in page.text
        sent = dict(re.findall(r'name="(code|state|iss)" value="([^"]*)"', page.text))
        return self.press("/login/school/return", **sent)

    def press(self, path, **sent):
        if self.client.get_cookie(COOKIE) is None:
            self.client.get("/login")
        return self.client.post(path, data={"csrf_token": self.csrf(self.client), **sent})

    def go(self, subject, **query):
        return self.come_back(self.provider.agree(self.set_out(**query).headers["Location"], subject))

    @property
    def is_in(self):
        return self.client.get("/account").status_code == 200


@pytest.fixture
def pupil(app, provider, csrf):
    """Return browsers."""
    return lambda: Pupil(app, provider, csrf)


@pytest.fixture
def somebody(provider):
    """Let somebody be at the provider; return their subject."""

    def be(person=None, **claims):
        told = {"email": person.user.email, "email_verified": True} if person else {}
        return provider.has(new_secret()[:16].replace("-", "x"), **{**told, **claims})

    return be


def rows(session, statement):
    """Return what a statement finds now, and hold nobody up: SQLite has one writer at a time."""
    session.commit()
    found = session.scalars(statement.execution_options(populate_existing=True)).all()
    session.commit()
    return found


def said(session, chain):
    entries = select(AuditEntry).where(AuditEntry.chain_id == chain.id).order_by(AuditEntry.place)
    return [entry.action for entry in rows(session, entries)]


def role_of(session, person):
    return rows(session, select(User.role).where(User.id == person.id))[0]


def told(answer):
    return parse_qs(urlsplit(answer.headers["Location"]).query).get("problem", [""])[0]


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


class TestNewPeople:
    CLAIMS: ClassVar = {"email_verified": True, "given_name": "Ada", "family_name": "New"}

    def test_come_in_only_where_the_school_says_so_and_by_its_domains(self, school, pupil, somebody, cast, session):
        subject = somebody(email="ada@new.test", **self.CLAIMS)
        assert told(pupil().go(subject)) == "unknown"
        school(may_create=True, usual_role=Role.STUDENT)
        assert told(pupil().go(subject)) == "unknown"
        session.add(SchoolDomain(domain="new.test", school_id=cast.school.id))
        school(usual_role=None)
        assert told(pupil().go(subject)) == "role"
        school(usual_role=Role.STUDENT)
        browser = pupil()
        assert (browser.go(subject).headers["Location"], browser.is_in) == ("/", True)
        made = rows(session, select(User).where(User.email == "ada@new.test"))[0]
        assert (made.role, made.school_id, made.first_name, made.password_hash) == (
            *(Role.STUDENT, cast.school.id, "Ada"),
            None,
        )
        assert said(session, cast.school)[-2:] == ["user.created", "identity.linked"]
        unlink = browser.press(f"/account/school-accounts/{rows(session, select(SchoolIdentity.id))[0]}/unlink")
        assert unlink.status_code == 409  # nothing else would let them in

    def test_an_address_that_was_given_to_another_takes_over_nobody(self, school, pupil, somebody, cast, session):
        assert pupil().go(somebody(cast.student)).headers["Location"] == "/"
        assert told(pupil().go(somebody(cast.student))) == "taken"
        assert len(rows(session, select(SchoolIdentity))) == 1

    def test_a_link_of_one_school_opens_no_other(self, school, pupil, somebody, cast, session):
        subject = somebody(cast.student)
        assert pupil().go(subject).headers["Location"] == "/"
        school(cast.other_school)
        browser = pupil()
        there = browser.client.get("/login/school/southbank/go").headers["Location"]
        answer = browser.come_back(browser.provider.agree(there, subject))
        assert (told(answer), browser.is_in) == ("unknown", False)
        assert "Sign in with your school’s account" in browser.client.get("/login").text


class TestRoles:
    MAP: ClassVar = [["staff", "teacher"], ["heads", "manager"], ["pupils", "student"]]

    def test_the_first_pair_that_fits_counts_and_classes_are_left(self, school, pupil, somebody, cast, session, as_):
        group = ClassGroup(school_id=cast.school.id, name="9B")
        session.add(group)
        session.flush()
        session.add(ClassTeacher(class_id=group.id, user_id=cast.teacher.id, school_id=cast.school.id))
        school(role_claim="realm.groups", role_map=self.MAP)
        before = as_(cast.teacher)
        subject = somebody(cast.teacher, realm={"groups": ["pupils", "unmapped"]})
        assert pupil().go(subject).headers["Location"] == "/"
        assert role_of(session, cast.teacher) is Role.STUDENT
        assert rows(session, select(ClassTeacher)) == []
        assert said(session, cast.school) == ["identity.linked", "user.role_changed"]
        assert before.get("/account").status_code == 303
        pupil().go(somebody(cast.classmate, realm={"groups": ["heads", "staff"]}))
        assert role_of(session, cast.classmate) is Role.TEACHER

    def test_the_last_manager_stays_and_that_is_noted(self, school, pupil, somebody, cast, session):
        school(role_claim="groups", role_map=self.MAP)
        subject = somebody(cast.manager, groups="staff")
        assert pupil().go(subject).headers["Location"] == "/"
        assert role_of(session, cast.manager) is Role.MANAGER
        assert said(session, cast.school) == ["identity.linked", "user.role_kept"]
        session.get(User, cast.classmate.id).role = Role.MANAGER
        session.commit()
        pupil().go(subject)
        assert role_of(session, cast.manager) is Role.TEACHER

    def test_without_a_claim_nothing_changes(self, school, pupil, somebody, cast, session):
        school(role_claim="groups", role_map=self.MAP)
        pupil().go(somebody(cast.teacher, groups=["admin"]))
        assert role_of(session, cast.teacher) is Role.TEACHER


def test_a_closed_account_stays_closed(school, pupil, somebody, cast, session):
    subject = somebody(cast.student)
    assert pupil().go(subject).headers["Location"] == "/"
    session.get(User, cast.student.id).active = False
    session.commit()
    assert told(pupil().go(subject)) == "closed"
    session.get(User, cast.classmate.id).active = False
    session.commit()
    assert told(pupil().go(somebody(cast.classmate))) == "closed"


def test_codes_are_asked_for_only_where_the_school_wants_both(school, pupil, somebody, cast, session):
    session.add(SchoolSignIn(school_id=cast.school.id, staff_need_codes=True))
    session.commit()
    subject, browser = somebody(cast.teacher), pupil()
    assert browser.go(subject, next="/tasks").headers["Location"] == "/tasks"
    school(codes_too=True)
    second = pupil()
    assert second.go(subject, next="/tasks").headers["Location"] == "/login/code?next=/tasks"
    assert not second.is_in


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


class TestSettingUp:
    @pytest.fixture
    def settings_page(self, cast, as_, send):
        def press(person, what="", school=cast.school, **fields):
            return send(as_(person), f"/admin/schools/{school.id}/sign-in{what}", **fields)

        return press

    def test_a_manager_sets_up_checks_and_takes_away(self, settings_page, cast, as_, session, provider):
        answer = settings_page(cast.manager, issuer=provider.issuer, roles="staff = teacher\nx = y = student", **FORM)
        assert answer.status_code == 303
        row = rows(session, select(SchoolProvider))[0]
        assert (row.role_map, b"shared" in row.sealed_secret) == (
            [["staff", "teacher"], ["x = y", "student"]],
            False,
        )
        shown = as_(cast.manager).get(f"/admin/schools/{cast.school.id}/sign-in").text
        assert f"http://localhost:8000{DOOR}/return" in shown
        assert "shared" not in shown
        assert "calls itself what is entered here" in settings_page(cast.manager, "/check").text
        assert (
            settings_page(cast.manager, issuer=provider.issuer, client_id="milepost", active="true").status_code == 303
        )
        assert rows(session, select(SchoolProvider.sealed_secret))[0] is not None  # empty keeps it
        settings_page(cast.manager, issuer="https://elsewhere.test", client_id="milepost")
        assert rows(session, select(SchoolProvider.sealed_secret))[0] is None  # it was not meant for others
        assert settings_page(cast.manager, "/remove").status_code == 303
        assert said(session, cast.school) == [*["school_sign_in.changed"] * 3, "school_sign_in.removed"]

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"issuer": "http://school.test"}, "have to begin with https"),
            ({"issuer": "javascript:alert(1)"}, "Write the issuer like"),
            ({"issuer": "https://a@b.test"}, "Write the issuer like"),
            ({"roles": "boss = admin"}, "Nobody becomes an admin"),
            ({"roles": "what?"}, "is no line such as"),
            ({"usual_role": "admin"}, "Nobody becomes an admin"),
            ({"passwords_off": "true"}, "once yourself first"),
            ({"domains": "northfield.test"}, "Only an admin"),
        ],
    )
    def test_what_is_refused_is_kept_as_typed(self, settings_page, cast, session, fields, words):
        answer = settings_page(cast.manager, **{"issuer": "https://a.test", "label": "Enter <here>", **FORM, **fields})
        assert (answer.status_code, words in answer.text) == (422, True)
        assert "Enter &lt;here&gt;" in answer.text
        assert rows(session, select(SchoolProvider)) == []

    def test_domains_are_for_admins_and_of_one_school(self, settings_page, cast, session):
        ours = {"issuer": "https://a.test", "domains": "@Northfield.test, pupils.northfield.test", **FORM}
        assert settings_page(cast.admin, **ours).status_code == 303
        found = rows(session, select(SchoolDomain.domain).order_by(SchoolDomain.domain))
        assert found == ["northfield.test", "pupils.northfield.test"]
        taken = settings_page(cast.admin, school=cast.other_school, **{**ours, "domains": "northfield.test"})
        assert (taken.status_code, "Another school has northfield.test" in taken.text) == (422, True)
        assert settings_page(cast.admin, **{**ours, "domains": "no domain"}).status_code == 422

    def test_whoever_does_not_look_after_the_school_finds_nothing(self, settings_page, cast):
        assert settings_page(cast.other_manager, issuer="https://a.test", **FORM).status_code == 404
        assert settings_page(cast.teacher, issuer="https://a.test", **FORM).status_code == 403


def test_links_are_taken_away_by_their_person_and_by_who_looks_after_them(
    school, pupil, somebody, cast, as_, send, session
):
    browser, subject = pupil(), somebody(cast.student)
    browser.go(subject)
    link = rows(session, select(SchoolIdentity.id))[0]
    assert send(as_(cast.classmate), f"/account/school-accounts/{link}/unlink").status_code == 404
    assert send(as_(cast.student), f"/account/school-accounts/{link}/unlink").status_code == 303
    assert browser.is_in
    browser.go(subject)
    path = f"/admin/users/{cast.student.id}/school-accounts/unlink"
    assert send(as_(cast.other_manager), path).status_code == 404
    assert send(as_(cast.manager), path).status_code == 303
    assert not browser.is_in
    assert said(session, cast.school) == ["identity.linked", "identity.unlinked"] * 2
