"""Ids that are sent in forms, queries and JSON: somebody else's are answered exactly like ids of nothing."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import inspect

from tests.security.matrix import _without, begin, csrf_of
from tests.security.samples import NOT_LOOKED_UP, REFERENCES, a_category, a_task
from webapp.core.inputs import Input
from webapp.db.base import new_id
from webapp.web.sessions import COOKIE

CASES = [
    pytest.param(reference, id=f"{name} {reference.method} {reference.path}")
    for name, references in REFERENCES.items()
    for reference in references
]
CALENDAR = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n"


def inputs(kind=Input):
    for sub in kind.__subclasses__():
        yield sub
        yield from inputs(sub)


def holds_an_id(field):
    return "UUID" in str(field.annotation) or "UUID" in str(field.metadata)


def test_every_id_in_an_input_is_asked_about(app):
    named = {
        f"{model.__name__}.{name}"
        for model in inputs()
        if model.__module__.startswith("webapp.")
        for name, field in model.model_fields.items()
        if holds_an_id(field)
    }
    assert named - REFERENCES.keys() - NOT_LOOKED_UP.keys() == set(), "give tests/security/samples a Reference"
    assert (REFERENCES.keys() | NOT_LOOKED_UP.keys()) - named == set(), "these are no longer inputs"


@pytest.fixture
def ask(app, session, cast):
    """Return a way to ask, as the student unless it is said otherwise: by session, with the CSRF token."""

    def send(reference, value):
        client = app.test_client()
        secret = begin(session, getattr(cast, reference.asker).user)
        client.set_cookie(COOKIE, secret)
        fields = {**reference.more, reference.field: [value] if reference.many else value}
        if reference.method == "GET":
            return client.get(reference.path, query_string=fields)
        headers = {"X-CSRFToken": csrf_of(app, secret)}
        how = "json" if reference.path.startswith("/api/") else "data"
        return client.post(reference.path, headers=headers, **{how: fields})

    return send


def content(row):
    return {column.key: getattr(row, column.key) for column in inspect(type(row)).column_attrs}


@pytest.mark.parametrize("reference", CASES)
def test_ids_of_others_are_ids_of_nothing(reference, ask, session, cast):
    owners = {
        "own": getattr(cast, reference.asker).user,
        "same school": cast.classmate.user,
        "other school": cast.other_student.user,
    }
    marks = {"own": "mine", "same school": "mine" if reference.shared else "canary", "other school": "canary"}
    samples = {whose: reference.maker(session, owner, marks[whose]) for whose, owner in owners.items()}
    session.commit()
    before = {whose: content(samples[whose].row) for whose in samples if whose != "own"}
    seen = {}
    for whose, value in {
        **{whose: sample.value for whose, sample in samples.items()},
        "nonexistent": str(new_id()),
        "malformed": "not-an-id",
    }.items():
        answer = ask(reference, value)
        assert answer.status_code < 500, whose
        seen[whose] = (answer.status_code, _without(answer.text, value))
        if whose not in {"own", "malformed"}:
            assert "canary" not in answer.text
    assert seen["own"][0] < 400
    assert seen["other school"] == seen["nonexistent"]
    if reference.shared:
        assert seen["same school"][0] < 400
    else:
        assert seen["same school"] == seen["nonexistent"]
    assert seen["malformed"][0] in {400, 404, 422}
    session.expire_all()
    assert {whose: content(samples[whose].row) for whose in before} == before


@pytest.mark.parametrize("owner", ["classmate", "other_student", None])
def test_a_task_does_not_move_into_somebody_elses_category(app, as_, csrf, session, cast, owner):
    task = a_task(session, cast.student.user, "mine").row
    category = a_category(session, getattr(cast, owner).user, "canary").value if owner else str(new_id())
    session.commit()
    client = as_(cast.student)
    headers = {"X-CSRFToken": csrf(client)}
    by_form = client.post(f"/tasks/{task.id}/edit", headers=headers, data={"title": "x", "category_id": category})
    by_json = client.put(f"/api/v1/tasks/{task.id}", headers=headers, json={"category_id": category})
    assert {by_form.status_code, by_json.status_code} <= {404, 422}
    assert "canary" not in by_form.text + by_json.text
    session.refresh(task)
    assert task.category_id is None


@pytest.mark.parametrize("owner", ["classmate", "other_student", None])
def test_a_calendar_is_not_imported_into_somebody_elses_category(as_, csrf, session, cast, owner):
    category = a_category(session, getattr(cast, owner).user, "canary").value if owner else str(new_id())
    session.commit()
    client = as_(cast.student)
    form = {"category_id": category, "first": "2026-11-01", "last": "2026-11-30", "csrf_token": csrf(client)}
    answer = client.post("/planner/import", data={**form, "file": (io.BytesIO(CALENDAR), "x.ics")})
    assert answer.status_code in {404, 422}
    assert "canary" not in answer.text


def test_one_foreign_task_among_several_spoils_nothing_and_gives_nothing_away(as_, csrf, session, cast):
    mine = a_task(session, cast.student.user, "mine").row
    foreign = a_task(session, cast.classmate.user, "canary").row
    session.commit()
    client = as_(cast.student)
    answer = client.post("/tasks/complete", data={"ids": [str(mine.id), str(foreign.id)], "csrf_token": csrf(client)})
    assert answer.status_code < 500
    session.refresh(foreign)
    assert foreign.status.value == "open"
