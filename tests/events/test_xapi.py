"""xAPI statements as learning events, and the page of events."""

from __future__ import annotations

from uuid import uuid4

import pytest

VERB = "http://adlnet.gov/expapi/verbs/"
VERSION = {"X-Experience-API-Version": "1.0.3"}


def statement(person, verb="completed", **more):
    lesson = {
        "id": "https://school.test/lessons/12",
        "definition": {"type": "http://adlnet.gov/expapi/activities/lesson", "name": {"en-GB": "Sums"}},
    }
    actor = {"mbox": f"mailto:{person.user.email.upper()}"}
    return {"actor": actor, "verb": {"id": VERB + verb}, "object": lesson, "context": {"platform": "X"}, **more}


def test_statements_become_events_once(cast, program, stored):
    send = program(cast.manager)
    result = {"score": {"scaled": 0.75}, "success": True, "duration": "PT1H2M3.5S", "response": "4", "extensions": {}}
    first = statement(cast.student, "answered", id=str(uuid4()), result=result, timestamp="2026-11-20T10:00:00+01:00")
    account = {"account": {"homePage": "https://x.test", "name": str(cast.manager.id)}}
    batch = [first, {**statement(cast.student, "experienced"), "actor": account}]
    answer = send("POST", "/xapi/statements", batch, headers=VERSION)
    assert (answer.status_code, answer.headers["X-Experience-API-Version"]) == (200, "1.0.3")
    assert send("POST", "/xapi/statements", first, headers=VERSION).json == answer.json[:1] == [first["id"]]
    assert stored() == 2
    shown = send("GET", f"/events/{first['id']}").json
    assert (shown["name"], shown["user_id"], shown["occurred_at"]) == (
        "xapi answered",
        str(cast.student.id),
        "2026-11-20T09:00:00Z",
    )
    assert shown["properties"] == {
        "verb": "answered",
        "object_type": "lesson",
        "object_id": "https://school.test/lessons/12",
        "object_name": "Sums",
        "score": 0.75,
        "success": True,
        "response": "4",
        "duration_seconds": 3723.5,
    }


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("verb.id", {"verb": {"id": VERB + "voided"}}),
        ("actor", {"actor": {"mbox": "mailto:nobody@school.test"}}),
        ("actor", {"actor": {}}),
        ("actor.objectType", {"actor": {"objectType": "Group", "mbox": "mailto:a@b.c"}}),
        ("object.objectType", {"object": {"objectType": "StatementRef", "id": "x"}}),
        ("result.score.scaled", {"result": {"score": {"scaled": -0.5}}}),
        ("result.duration", {"result": {"duration": "P1Y"}}),
        ("timestamp", {"timestamp": "soon"}),
        ("id", {"id": "1"}),
    ],
)
def test_what_is_not_kept_is_refused_readably_and_whole(cast, program, stored, field, change):
    send = program(cast.manager)
    wrong = {**statement(cast.student), **change}
    alone = send("POST", "/xapi/statements", wrong, headers=VERSION)
    assert alone.status_code == 422
    assert field in [error["field"] for error in alone.json["errors"]]
    assert send("POST", "/xapi/statements", [statement(cast.student), wrong], headers=VERSION).status_code == 422
    assert stored() == 0


def test_nobody_reports_for_those_out_of_reach_nor_without_the_version(cast, program, stored):
    send = program(cast.student)
    assert send("POST", "/xapi/statements", statement(cast.classmate), headers=VERSION).status_code == 422
    assert send("POST", "/xapi/statements", statement(cast.other_student), headers=VERSION).status_code == 422
    assert send("POST", "/xapi/statements", statement(cast.student)).status_code == 400
    assert stored() == 0
