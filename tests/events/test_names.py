"""The names of a school's events: so many, and no more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from tests.events.conftest import learned
from webapp.compliance.models import RetentionSettings
from webapp.events import names, service
from webapp.events.models import EventName

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@pytest.fixture
def few(app, monkeypatch):
    """Let a school have five names, two of them brought in by students."""
    monkeypatch.setattr(names, "MOST_NAMES", 5)
    monkeypatch.setattr(names, "MOST_OF_STUDENTS", 2)
    homes = app.extensions["milepost_intake"]._homes
    homes.clear()
    yield homes
    homes.clear()


def batch(*called):
    return {"events": [learned(name=each) for each in called]}


def refused(answer):
    assert answer.status_code == 202
    assert {error["errors"][0]["field"] for error in answer.json["errors"]} <= {"name"}
    return [error["index"] for error in answer.json["errors"]]


def test_there_is_room_for_so_many_and_what_students_bring_in_leaves_some(few, cast, program, stored):
    pupil, staff, other = program(cast.student), program(cast.teacher), program(cast.other_student)
    assert refused(pupil("POST", "/events/batch-track", batch("a", "b", "c", "a"))) == [2]
    few.clear()  # another process knows it as well
    assert pupil("POST", "/events/track", learned(name="d")).status_code == 422
    assert refused(staff("POST", "/events/batch-track", batch("a", "d", "e", "f", "g"))) == [4]
    assert staff("POST", "/events/track", {"type": "custom", "name": "a"}).status_code == 422  # of another type
    assert refused(pupil("POST", "/events/batch-track", batch("a", "f", "g"))) == [2]
    assert refused(other("POST", "/events/batch-track", batch("x", "y"))) == []  # schools have their own
    assert stored() == 3 + 4 + 2 + 2
    assert {item["key"] for item in staff("GET", "/events/stats?group_by=name").json["items"]} == set("abdef")


def test_a_name_that_is_not_used_any_more_makes_room(few, cast, program, session, clock_at):
    clock_at(NOW)
    send = program(cast.teacher)
    send("POST", "/events/batch-track", batch("a", "b", "c", "d", "e"))
    clock_at(NOW + timedelta(days=60))
    send("POST", "/events/batch-track", batch("a", "b"))
    service.fold_counts(session)
    session.commit()
    send("POST", "/events/batch-track", batch("c"))  # waits to be folded
    assert names.forget_unused(session, NOW + timedelta(days=30)) == 2
    session.commit()
    assert set(session.scalars(select(EventName.name))) == set("abc")
    session.commit()
    few.clear()
    assert refused(send("POST", "/events/batch-track", batch("x", "y", "z"))) == [2]


def test_what_a_school_keeps_for_fewer_days_is_taken_for_fewer(few, cast, program, session, clock_at):
    clock_at(NOW)
    usual = {"grace_days": 14, "consent_months": 12, "guardian_required": False}
    session.add(RetentionSettings(school_id=cast.school.id, periods={"events": 30}, **usual))
    session.commit()
    late = {"events": [learned(occurred_at=(NOW - timedelta(days=days)).isoformat()) for days in (29, 31)]}
    (error,) = program(cast.student)("POST", "/events/batch-track", late).json["errors"]
    assert (error["index"], "30 days" in error["errors"][0]["message"]) == (1, True)
    assert program(cast.other_student)("POST", "/events/batch-track", late).json["errors"] == []
