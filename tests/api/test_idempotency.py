"""Requests that are sent twice and take effect once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from tests.api.programs import Program, fields_of
from webapp.accounts.models import IdempotencyKey
from webapp.accounts.service.cleaning import forget_expired
from webapp.core import clock
from webapp.planner.models import Task

SLOT = {"starts_at": "2026-11-20T15:00:00Z", "ends_at": "2026-11-20T16:00:00Z"}
AT_ONCE = 8


def keyed(key):
    return {"headers": {"Idempotency-Key": key}}


def count(session, model):
    found = session.execute(select(func.count()).select_from(model)).scalar_one()
    session.rollback()  # SQLite's one writer must not be this session
    return found


def test_the_same_request_is_answered_as_the_first_time(student, session):
    first = student.post("/tasks", {"title": "Essay"}, **keyed("one"))
    student.post(f"/tasks/{first.get_json()['id']}/complete")
    again = student.post("/tasks", {"title": "Essay"}, **keyed("one"))
    assert (again.status_code, again.data, again.mimetype) == (201, first.data, first.mimetype)
    assert count(session, Task) == 1


def test_the_order_of_fields_does_not_matter(student, session):
    student.post("/tasks", data='{"title": "Essay", "notes": "a"}', content_type="application/json", **keyed("one"))
    body = '{ "notes":"a", "title":"\\u0045ssay" }'
    again = student.post("/tasks", data=body, content_type="application/json", **keyed("one"))
    assert again.status_code == 201
    assert count(session, Task) == 1


def test_another_body_or_address_under_the_key_is_a_conflict(student, task, session):
    assert student.post("/tasks", {"title": "Poem"}, **keyed("one")).status_code == 201
    assert student.post("/tasks", {"title": "Essay"}, **keyed("one")).status_code == 409
    assert student.post("/categories", {"name": "Poem"}, **keyed("one")).status_code == 409
    assert count(session, Task) == 2


def test_everyone_has_keys_of_their_own(student, program, cast):
    mine = student.post("/tasks", {"title": "Essay"}, **keyed("one")).get_json()
    theirs = program(cast.classmate).post("/tasks", {"title": "Essay"}, **keyed("one")).get_json()
    assert mine["id"] != theirs["id"]


def test_without_a_key_each_request_counts(student, session):
    for _ in range(2):
        student.made("/tasks", {"title": "Essay"})
    assert count(session, Task) == 2
    assert count(session, IdempotencyKey) == 0


@pytest.mark.parametrize(
    ("path", "body"), [("/categories", {"name": "Maths"}), ("/focus-windows", SLOT), ("/tasks/{}/slots", SLOT)]
)
def test_every_creating_request_honours_it(student, task, path, body):
    path = path.format(task["id"])
    first, again = (student.post(path, body, **keyed("one")) for _ in range(2))
    assert (first.status_code, first.data) == (again.status_code, again.data)
    assert first.status_code == 201


def test_a_refusal_leaves_the_key_free(student, session):
    assert student.post("/tasks", {"title": ""}, **keyed("one")).status_code == 422
    assert count(session, IdempotencyKey) == 0
    assert student.post("/tasks", {"title": "Essay"}, **keyed("one")).status_code == 201


@pytest.mark.parametrize("key", ["", " ", "two words", "x" * 256, "\t", "é"])
def test_what_is_no_key_is_refused(student, session, key):
    answer = student.post("/tasks", {"title": "Essay"}, **keyed(key))
    assert answer.status_code == 422
    assert fields_of(answer) == ["Idempotency-Key"]
    assert count(session, Task) == 0


@pytest.mark.parametrize("key", ["x" * 255, "!~'\"\\;--", "0198c5f2-7d1e-7a30-9c55-3f1b2a4d6e80"])
def test_a_key_is_any_visible_text(student, key):
    assert student.post("/tasks", {"title": "Essay"}, **keyed(key)).status_code == 201


def test_of_requests_that_arrive_together_one_takes_effect(app, student, session):
    def send(title: str):
        program = Program(app.test_client(), student.secret)
        start.wait()
        return program.post("/tasks", {"title": title}, **keyed("one"))

    start = threading.Barrier(AT_ONCE)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(send, ["Essay"] * AT_ONCE))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.data for answer in answers}) == 1
    assert count(session, Task) == 1


def test_of_different_requests_under_one_key_the_first_wins(app, student, session):
    def send(number: int):
        program = Program(app.test_client(), student.secret)
        start.wait()
        return program.post("/tasks", {"title": f"Essay {number}"}, **keyed("one"))

    start = threading.Barrier(AT_ONCE)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        statuses = sorted(answer.status_code for answer in pool.map(send, range(AT_ONCE)))
    assert statuses == [201] + [409] * (AT_ONCE - 1)
    assert count(session, Task) == 1


def test_answers_are_forgotten_after_a_day(student, session):
    student.post("/tasks", {"title": "Essay"}, **keyed("one"))
    student.post("/tasks", {"title": "Essay"}, **keyed("two"))
    old = update(IdempotencyKey).where(IdempotencyKey.key == "one")
    session.execute(old.values(created_at=clock.now() - timedelta(hours=24, seconds=1)))
    assert forget_expired(session) == 1
    session.commit()
    assert student.post("/tasks", {"title": "Essay"}, **keyed("one")).status_code == 201
    assert count(session, Task) == 3
