"""What stands before every view: CSRF, hosts, proxies, headers, cookies, and where `next` may lead."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import request

from tests.security.matrix import PARAMETER
from tests.security.samples import MAKERS
from webapp.app import create_app
from webapp.web.access import ANYONE, Reach, UndeclaredEndpointError, access, policy_table, refuse_undeclared
from webapp.web.csrf import asks_for_no_token
from webapp.web.redirects import safe_target
from webapp.web.sessions import COOKIE

# Views whose address holds a secret that allows what they do, and nothing more, to whoever has it.
PROVED_BY_ADDRESS = {"reminders.unsubscribe_now", "reports.unsubscribe_now"}


def unsafe_rows(app):
    return [(row, method) for row in policy_table(app) for method in row.methods if method not in {"GET", "HEAD"}]


@pytest.fixture
def another_app(settings):
    """Return a way to make an application with other settings on the same database."""
    made = []

    def make(**changes):
        made.append(create_app(settings.model_copy(update=changes)))
        return made[-1]

    yield make
    for app in made:
        with app.app_context():
            app.extensions["sqlalchemy"].engine.dispose()


class TestForgery:
    """Without the token of its session no unsafe request does anything."""

    def address(self, row, session, person):
        values = {name: MAKERS[name](session, person.user, "own").value for name in row.parameters}
        session.commit()
        return PARAMETER.sub(lambda found: values[found[1]], row.rule)

    @pytest.mark.parametrize("token", [None, "", "wrong", "somebody else's"])
    def test_every_unsafe_route_asks_for_it(self, app, session, cast, as_, csrf, token):
        people = (cast.admin, cast.student, cast.manager)
        clients = {person.id: as_(person) for person in people}
        given = csrf(as_(cast.teacher)) if token == "somebody else's" else token
        answers = {}
        for row, method in unsafe_rows(app):
            if row.endpoint in PROVED_BY_ADDRESS:
                continue
            headers = {} if given is None else {"X-CSRFToken": given}
            person = next(each for each in people if row.roles is None or each.user.role in row.roles)
            address = self.address(row, session, person)
            answers[row.endpoint, method] = clients[person.id].open(address, method=method, headers=headers).status_code
        assert {where: status for where, status in answers.items() if status != 400} == {}
        assert len(answers) > 40

    def test_only_addresses_that_hold_a_secret_are_excused(self, app):
        with app.test_request_context():
            excused = {row.endpoint for row, _ in unsafe_rows(app) if asks_for_no_token(row.endpoint)}
        assert excused == PROVED_BY_ADDRESS

    def test_the_token_of_before_sign_in_is_worth_nothing_after(self, cast, client, csrf, send):
        client.get("/login")
        before = csrf(client)
        send(client, "/login", email=cast.student.user.email, password=cast.student.password)
        assert client.post("/account/theme", data={"theme": "dark", "csrf_token": before}).status_code == 400

    def test_a_form_stays_good_as_long_as_its_session(self, cast, as_, csrf, clock_at):
        clock_at("2026-11-02T08:00:00Z")
        client = as_(cast.student)
        token = csrf(client)
        clock_at("2026-11-05T07:00:00Z")
        assert client.post("/account/theme", data={"theme": "dark", "csrf_token": token}).status_code == 303

    def test_the_refusal_is_readable_in_a_fragment(self, cast, as_):
        answer = as_(cast.student).post("/account/theme", headers={"HX-Request": "true"})
        assert answer.status_code == 400
        assert 'id="problem"' in answer.text
        assert "Reload it and try again" in answer.text

    def test_a_token_in_a_header_excuses_pages_from_nothing(self, cast, client):
        answer = client.post("/account/theme", data={"theme": "dark"}, headers={"Authorization": "Bearer x"})
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/login")


EVIL = (
    "https://evil.test/",
    "//evil.test/",
    "///evil.test/",
    "////evil.test",
    "/\\evil.test",
    "\\\\evil.test",
    "\\/evil.test",
    "/\t/evil.test",
    "/\n/evil.test",
    " //evil.test",
    "https:evil.test",
    "https:/evil.test",
    "http:///evil.test",
    "javascript:alert(1)",
    "data:text/html,x",
    "/%09/evil.test",
    "/%5cevil.test",
    "/%2f%2fevil.test",
    "/account@evil.test",
    "account",
    "",
    "/no/such/page",
    "/logout",
    "/static/img/mark.svg",
    "/api/v1/tasks",
    "/account\x00",
    "/account\r\nSet-Cookie: a=b",
)


class TestNext:
    @pytest.mark.parametrize("wanted", EVIL)
    def test_nothing_leads_off_our_own_pages(self, cast, client, send, wanted):
        answer = send(client, "/login", email=cast.student.user.email, password=cast.student.password, next=wanted)
        assert answer.status_code == 303
        assert answer.headers["Location"] == "/"
        assert "Set-Cookie: a=b" not in str(answer.headers)

    @pytest.mark.parametrize("wanted", EVIL)
    def test_nor_does_the_sign_in_page_repeat_it(self, app, cast, client, wanted):
        assert 'name="next"' not in client.get("/login", query_string={"next": wanted}).text

    @pytest.mark.parametrize("wanted", ["/account", "/planner?week=2026-W47", "/tasks?q=a%20b&status=open", "/"])
    def test_our_own_pages_are_fine(self, app, wanted):
        with app.test_request_context():
            assert safe_target(wanted) == wanted


class TestHosts:
    @pytest.mark.parametrize("host", ["evil.test", "localhost.evil.test", "evil.test:80", "localhost@evil.test", "x y"])
    def test_strange_hosts_are_refused(self, cast, client, host):
        answer = client.get("/login", headers={"Host": host})
        assert answer.status_code == 400
        assert "evil.test" not in answer.text

    @pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:9"])
    def test_this_machine_is_fine(self, client, host):
        assert client.get("/login", headers={"Host": host}).status_code == 200

    def test_a_school_names_its_own(self, another_app):
        client = another_app(trusted_hosts=("plan.school.test",)).test_client()
        assert client.get("/login", headers={"Host": "plan.school.test"}).status_code == 200
        assert client.get("/login", headers={"Host": "other.school.test"}).status_code == 400


SPOOFED = {
    "X-Forwarded-For": "203.0.113.9, 198.51.100.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "x.test",
}


class TestProxies:
    """Headers of proxies count only for as many proxies as the settings name."""

    def seen(self, app):
        found = {}

        @app.before_request
        def look():
            found.update(address=request.remote_addr, scheme=request.scheme, host=request.host)

        return found

    def test_without_a_proxy_they_say_nothing(self, another_app):
        app = another_app()
        found = self.seen(app)
        app.test_client().get("/login", headers=SPOOFED)
        assert found == {"address": "127.0.0.1", "scheme": "http", "host": "localhost"}

    def test_one_proxy_is_believed_about_its_own_client_only(self, another_app):
        app = another_app(proxy_hops=1, trusted_hosts=("x.test",))
        found = self.seen(app)
        app.test_client().get("/login", headers=SPOOFED)
        assert found == {"address": "198.51.100.7", "scheme": "https", "host": "x.test"}

    def test_a_spoofed_address_does_not_open_a_door_that_failures_closed(self, cast, client, send):
        statuses = [
            send(
                client,
                "/login",
                headers={"X-Forwarded-For": f"203.0.113.{number}"},
                email=cast.student.user.email,
                password="wrong",
            ).status_code
            for number in range(6)
        ]
        assert statuses == [422] * 5 + [429]


PAGES = ("/login", "/account", "/planner", "/no/such/page", "/api/v1/tasks", "/healthz", "/static/img/mark.svg")


class TestHeaders:
    @pytest.mark.parametrize("path", PAGES)
    def test_every_answer_carries_them(self, cast, as_, path):
        headers = as_(cast.student).get(path, buffered=True).headers
        policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == "'self'"
        assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"

    @pytest.mark.parametrize("path", ["/account", "/planner", "/tasks", "/", "/api/v1/tasks", "/dashboard.csv"])
    def test_what_is_about_people_is_kept_by_nobody_between(self, cast, as_, path):
        caching = as_(cast.student).get(path, buffered=True).headers["Cache-Control"]
        assert "no-store" in caching or ("private" in caching and "no-cache" in caching)
        assert "public" not in caching

    def test_encrypted_connections_are_asked_for_where_cookies_need_them(self, another_app, client):
        assert "Strict-Transport-Security" not in client.get("/login").headers
        secure = another_app(secure_cookies=True).test_client().get("/login", base_url="https://localhost")
        assert secure.headers["Strict-Transport-Security"] == "max-age=31536000"

    def test_nothing_names_the_software_behind(self, client):
        assert "Server" not in client.get("/login").headers
        assert "X-Powered-By" not in client.get("/login").headers


class TestCookies:
    def test_the_session_is_for_this_site_and_no_script(self, cast, client, send):
        answer = send(client, "/login", email=cast.student.user.email, password=cast.student.password)
        (cookie,) = [value for value in answer.headers.getlist("Set-Cookie") if value.startswith(COOKIE)]
        parts = {part.strip().partition("=")[0] for part in cookie.split(";")[1:]}
        assert {"HttpOnly", "Path", "SameSite", "Expires"} <= parts
        assert "SameSite=Lax" in cookie
        assert "Domain" not in parts

    def test_the_secret_is_long_and_random_and_says_nothing(self, client, app):
        secrets = set()
        for _ in range(20):
            fresh = app.test_client()
            fresh.get("/login")
            secrets.add(fresh.get_cookie(COOKIE).value)
        assert len(secrets) == 20
        assert all(re.fullmatch(r"[\w-]{43}", secret) for secret in secrets)

    def test_encrypted_connections_alone_carry_it_where_settings_say_so(self, another_app):
        answer = another_app(secure_cookies=True).test_client().get("/login", base_url="https://localhost")
        assert all("Secure" in value for value in answer.headers.getlist("Set-Cookie"))

    def test_a_page_that_shows_no_form_sets_none(self, client):
        assert client.get("/healthz").headers.getlist("Set-Cookie") == []

    @pytest.mark.parametrize("value", ["x" * 5000, "é", "a b", '"', "%00", ""])
    def test_any_rubbish_is_a_stranger(self, cast, client, value):
        answer = client.get("/account", headers={"Cookie": f"{COOKIE}={value}"})
        assert answer.status_code == 303

    def test_there_is_no_way_to_be_remembered_beyond_the_session(self, app, cast, client, send):
        send(client, "/login", email=cast.student.user.email, password=cast.student.password, remember="1")
        assert client.get_cookie("remember_token") is None
        assert app.permanent_session_lifetime > timedelta(0)


class TestDeclarations:
    def test_an_endpoint_without_a_declaration_stops_the_application(self, another_app):
        app = another_app()
        app.add_url_rule("/planted", "planted", lambda: "secret", methods=["GET"])
        with pytest.raises(UndeclaredEndpointError, match="planted"):
            refuse_undeclared(app)

    def test_and_answers_nobody_if_it_gets_that_far(self, another_app, settings):
        app = another_app()
        app.add_url_rule("/planted", "planted", lambda: "secret", methods=["GET"])
        answer = app.test_client().get("/planted")
        assert answer.status_code == 403
        assert "secret" not in answer.text

    def test_a_declared_one_does(self, another_app):
        app = another_app()
        app.add_url_rule("/planted", "planted", access(ANYONE, Reach.PUBLIC)(lambda: "open"), methods=["GET"])
        refuse_undeclared(app)
        assert app.test_client().get("/planted").text == "open"
