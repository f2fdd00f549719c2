"""Who may ask: tokens and their scopes, sessions and their CSRF token."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from webapp.accounts.models import ApiToken, User


def test_a_stranger_is_asked_for_a_token(client):
    for method, path in [("GET", "/api/v1/tasks"), ("POST", "/api/v1/tasks"), ("DELETE", "/api/v1/slots/1")]:
        answer = client.open(path, method=method, json={})
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer wrong", "Basic eDp5", "Bearer \x7f", "Bearer a b", "é"]
)
def test_a_bad_token_is_no_token(client, header):
    answer = client.get("/api/v1/tasks", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_word_bearer_has_no_case(client, token_for, cast, scheme):
    secret = token_for(cast.student)
    assert client.get("/api/v1/tasks", headers={"Authorization": f"{scheme} {secret}"}).status_code == 200


def test_a_bad_token_is_not_made_good_by_a_session(as_, cast):
    answer = as_(cast.student).get("/api/v1/tasks", headers={"Authorization": "Bearer wrong"})
    assert answer.status_code == 401


@pytest.mark.parametrize("role", ["admin", "manager", "teacher", "student"])
def test_every_role_plans(program, cast, role):
    assert program(getattr(cast, role)).made("/tasks", {"title": "Essay"})["status"] == "open"


def test_a_token_reads_or_writes_as_its_scopes_say(program, cast):
    reader, writer = program(cast.student, "read"), program(cast.student, "write")
    assert reader.get("/tasks").status_code == 200
    assert reader.post("/tasks", {"title": "Essay"}).status_code == 403
    assert writer.get("/tasks").status_code == 403
    assert writer.post("/tasks", {"title": "Essay"}).status_code == 201
    assert program(cast.student, "events").get("/tasks").status_code == 403


@pytest.mark.parametrize("column", ["revoked_at", "expires_at"])
def test_a_token_that_has_ended_is_none(app, token_for, cast, column):
    past = datetime.now(UTC) - timedelta(seconds=1)
    secret = token_for(cast.student, **{column: past})
    answer = app.test_client().get("/api/v1/tasks", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 401


def test_a_disabled_person_has_no_token(student, session, cast):
    session.execute(update(User).where(User.id == cast.student.id).values(active=False))
    session.commit()
    assert student.get("/tasks").status_code == 401


def test_reading_does_not_write_when_the_token_was_used(student, session):
    assert student.get("/tasks").status_code == 200
    assert session.execute(select(ApiToken.last_used_at)).scalar_one() is None


def test_a_session_reads_and_writes_with_its_csrf_token(as_, cast, csrf):
    browser = as_(cast.student)
    assert browser.get("/api/v1/tasks").status_code == 200
    refused = browser.post("/api/v1/tasks", json={"title": "Essay"})
    assert refused.status_code == 400
    assert refused.mimetype == "application/problem+json"
    sent = browser.post("/api/v1/tasks", json={"title": "Essay"}, headers={"X-CSRFToken": csrf(browser)})
    assert sent.status_code == 201
    assert browser.get("/api/v1/tasks").get_json()["total"] == 1


def test_a_token_does_not_open_pages(student, client):
    answer = client.get("/planner", headers=student.headers)
    assert answer.status_code in (303, 404)
