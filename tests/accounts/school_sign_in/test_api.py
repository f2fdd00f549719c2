"""By which accounts a school signs in, as JSON: what goes in comes out again, but for the secret."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.accounts.school_sign_in.browsers import DOOR, rows, said
from webapp.accounts.school_sign_in.models import SchoolDomain, SchoolProvider

GIVEN = {
    "issuer": "https://accounts.school.test",
    "client_id": "milepost",
    "client_secret": "hush-hush-hush",
    "label": "With your school card",
    "role_claim": "groups",
    "roles": [{"value": "staff", "role": "teacher"}, {"value": "x = y", "role": "student"}],
    "usual_role": "student",
    "leave_too": True,
    "active": True,
}


@pytest.fixture
def call(cast, as_, csrf):
    """Return a way to ask the API in a browser that is signed in."""

    def ask(person, method, what="", school=cast.school, **body):
        client = as_(person)
        path = f"/api/v1/schools/{school.id}/sign-in{what}"
        return client.open(path, method=method, json=body or None, headers={"X-CSRFToken": csrf(client)})

    return ask


def test_what_is_said_comes_back_and_the_secret_never_does(call, cast, session, as_):
    empty = call(cast.manager, "GET").json
    assert (empty["issuer"], empty["has_secret"], empty["offered"], empty["roles"]) == (None, False, False, [])
    answer = call(cast.manager, "PUT", **GIVEN)
    assert answer.status_code == 200
    plain = {name: value for name, value in GIVEN.items() if name != "client_secret"}
    assert {name: answer.json[name] for name in plain} == plain
    assert (answer.json["has_secret"], answer.json["offered"], answer.json["active"]) == (True, True, True)
    assert answer.json["return_address"] == f"http://localhost:8000{DOOR}/return"
    assert call(cast.manager, "GET").json == answer.json
    assert "hush" not in answer.text + as_(cast.manager).get(f"/admin/schools/{cast.school.id}/sign-in").text
    kept = rows(session, select(SchoolProvider.sealed_secret))[0]
    assert b"hush" not in kept
    changed = call(cast.manager, "PUT", active=False).json
    assert {**changed, "changed_at": ""} == {**answer.json, "changed_at": "", "active": False, "offered": False}
    assert rows(session, select(SchoolProvider.sealed_secret)) == [kept]
    elsewhere = call(cast.manager, "PUT", **{**plain, "issuer": "https://another.test"})
    assert elsewhere.json["has_secret"] is False
    assert call(cast.manager, "DELETE").status_code == 204
    assert call(cast.manager, "DELETE").status_code == 204
    assert call(cast.manager, "GET").json == empty
    assert said(session, cast.school)[:3] == ["school_sign_in.changed"] * 3


def test_domains_are_for_admins_and_stay_where_they_are_left_out(call, cast, session):
    named = call(cast.admin, "PUT", **GIVEN, domains=["@Northfield.test", "pupils.northfield.test"])
    assert named.json["domains"] == ["northfield.test", "pupils.northfield.test"]
    assert call(cast.manager, "PUT", school=cast.school, label="Another").json["domains"] == named.json["domains"]
    for person in (cast.admin, cast.manager):
        assert call(person, "PUT", **GIVEN).json["domains"] == named.json["domains"]
    assert call(cast.manager, "PUT", **GIVEN, domains=["elsewhere.test"]).status_code == 403
    assert call(cast.admin, "PUT", school=cast.other_school, **GIVEN, domains=["northfield.test"]).status_code == 409
    assert call(cast.admin, "PUT", **GIVEN, domains=[]).json["domains"] == []
    assert rows(session, select(SchoolDomain)) == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"issuer": "http://school.test"}, "issuer"),
        ({"issuer": None}, "issuer"),
        ({"client_id": ""}, "client_id"),
        ({"roles": [{"value": "boss", "role": "admin"}]}, "roles"),
        ({"roles": [{"value": "a\nb = admin", "role": "student"}]}, "roles.0.value"),
        ({"roles": [{"value": "x", "role": "student"}] * 51}, "roles"),
        ({"usual_role": "admin"}, "usual_role"),
        ({"passwords_off": True}, "passwords_off"),
        ({"client_secret": "two words"}, "client_secret"),
        ({"sealed_secret": "x"}, "sealed_secret"),
    ],
)
def test_what_cannot_be_is_refused_by_name(call, cast, session, fields, field):
    answer = call(cast.manager, "PUT", **{**GIVEN, **fields})
    assert answer.status_code == 422
    assert field in answer.text
    assert rows(session, select(SchoolProvider)) == []


def test_the_first_time_an_issuer_is_needed(call, cast, session):
    answer = call(cast.manager, "PUT", label="Hello")
    assert (answer.status_code, "issuer" in answer.text) == (422, True)
    assert rows(session, select(SchoolProvider)) == []


def test_others_find_nothing(call, cast, school):
    for method, what in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/check")):
        body = GIVEN if method == "PUT" else {}
        assert call(cast.other_manager, method, what, **body).status_code == 404
        assert call(cast.teacher, method, what, **body).status_code == 403


def test_the_connection_is_looked_at(call, cast, school):
    found = call(cast.manager, "POST", "/check").json
    assert (found["problem"], "It can sign people out." in found["notes"]) == ("", True)
    school(issuer="http://127.0.0.1:9")
    assert "does not answer" in call(cast.manager, "POST", "/check").json["problem"]
    assert call(cast.admin, "POST", "/check", school=cast.other_school).json["problem"] == "Save an issuer first."
