"""One commit at the edge, and none where it does not belong."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.exc import InternalError

from webapp.accounts.models import SignInFailure
from webapp.db.engine import engine_options, prepare_engine, reading_only
from webapp.planner.models import Task


def _tasks(session):
    session.rollback()
    return session.scalar(select(func.count()).select_from(Task))


def test_a_success_is_committed(session, cast, as_, csrf):
    client = as_(cast.student)
    client.post("/tasks", data={"csrf_token": csrf(client), "title": "Essay"})
    assert _tasks(session) == 1


def test_a_refusal_leaves_nothing_behind(session, cast, as_, csrf):
    client = as_(cast.student)
    slot = {"starts_at": "2026-11-18T10:00:30Z", "ends_at": "2026-11-18T11:00:00Z"}
    headers = {"X-CSRFToken": csrf(client)}
    answer = client.post("/api/v1/tasks", json={"title": "Essay", "slots": [slot]}, headers=headers)
    assert answer.status_code == 422
    assert _tasks(session) == 0


def test_a_write_without_the_session_s_token_is_refused(session, cast, as_):
    client = as_(cast.student)
    assert client.post("/tasks", data={"title": "Essay"}).status_code == 400
    assert client.post("/api/v1/tasks", json={"title": "Essay"}).status_code == 400
    assert _tasks(session) == 0


def test_the_token_of_another_session_is_refused(session, cast, as_, csrf):
    stolen = csrf(as_(cast.classmate))
    assert as_(cast.student).post("/tasks", data={"csrf_token": stolen, "title": "Essay"}).status_code == 400
    assert _tasks(session) == 0


def test_a_failed_sign_in_is_kept_though_it_is_refused(session, cast, client, csrf):
    client.get("/login")
    form = {"csrf_token": csrf(client), "email": cast.student.user.email, "password": "wrong-password"}
    assert client.post("/login", data=form).status_code in {401, 422}
    session.rollback()
    assert session.scalar(select(func.count()).select_from(SignInFailure)) == 1


def test_postgresql_itself_refuses_a_write_while_reading(postgres_url):
    engine = create_engine(postgres_url, **engine_options(postgres_url))
    prepare_engine(engine)
    with reading_only(), engine.connect() as connection, pytest.raises(InternalError, match="read-only"):
        connection.execute(text("CREATE TABLE nothing (id integer)"))
    engine.dispose()


def test_a_write_while_reading_fails_the_test_on_sqlite_too(engine):
    with reading_only(), engine.connect() as connection, pytest.raises(pytest.fail.Exception, match="answering a GET"):
        connection.execute(text("UPDATE users SET stats_version = 0"))
