"""Sending events: what is taken, what is refused and why, and that each is stored once."""

from __future__ import annotations

import random
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from tests.classes.groups import group
from tests.events.conftest import identified, learned
from webapp.core.permissions import Role
from webapp.events import service
from webapp.events.intake import Intake
from webapp.events.models import EventDelta, EventKey

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
GOOD = {
    "user_interaction": {"action": "click", "element": "#save", "page": "/tasks", "value": 3},
    "performance": {"metric": "lcp", "value": 812.5, "unit": "ms"},
    "api_request": {"method": "GET", "path": "/x", "status": 200, "duration_ms": 3.5},
    "learning": {"verb": "scored", "object_type": "quiz", "object_id": "q-1", "score": 0.5, "success": True},
    "custom": {"a": "=1+1", "b": 2, "c": None, "d": True},
}
BAD = (
    ("properties.action", {**learned(), "type": "user_interaction", "properties": {"element": "#x"}}),
    ("properties.unit", {**learned(), "type": "performance", "properties": {"metric": "a", "value": 1, "unit": "m"}}),
    (
        "properties.status",
        {**learned(), "type": "api_request", "properties": {"method": "GET", "path": "", "status": 9}},
    ),
    ("properties.score", learned(properties={"verb": "scored", "score": 1.5})),
    ("properties.verb", learned(properties={"verb": "slept"})),
    ("properties.grade", learned(properties={"verb": "scored", "grade": 1})),
    ("type", learned(type="other")),
    ("name", learned(name="")),
    ("name", learned(name="two\nlines")),
    ("event_id", learned(event_id="17")),
    ("session_id", learned(session_id="with space")),
    ("occurred_at", learned(occurred_at="yesterday")),
    ("occurred_at", learned(occurred_at="2026-11-20T16:00:01Z")),
    ("occurred_at", learned(occurred_at="2025-11-20T14:59:59Z")),
    ("user_id", learned(user_id=str(uuid4()))),
    ("colour", learned(colour="red")),
    ("name", learned(name="a\x00b")),
    ("event", learned(properties={"verb": "scored", "object_id": "a\x00b"})),
)


def test_every_type_is_stored_as_it_was_sent(cast, program, clock_at):
    clock_at(NOW)
    send = program(cast.teacher)
    for kind, properties in GOOD.items():
        event_id = str(uuid4())
        body = {"event_id": event_id, "type": kind, "name": "x", "session_id": "tab,1", "properties": properties}
        assert send("POST", "/events/track", body).status_code == 202
        shown = send("GET", f"/events/{event_id}").json
        assert (shown["type"], shown["properties"], shown["session_id"]) == (kind, properties, "tab,1")
        assert (shown["occurred_at"], shown["user_id"]) == ("2026-11-20T15:00:00Z", str(cast.teacher.id))


def test_what_cannot_be_used_is_refused_field_by_field_alone_and_in_a_batch(cast, program, clock_at, stored):
    clock_at(NOW)
    send = program(cast.manager)
    for field, event in BAD:
        answer = send("POST", "/events/track", event)
        assert answer.status_code == 422, (field, answer.json)
        assert field in [error["field"] for error in answer.json["errors"]], answer.json
    batch = [event for _, event in BAD] + [identified()]
    answer = send("POST", "/events/batch-track", {"events": batch})
    assert answer.status_code == 202
    told = {each["index"]: [error["field"] for error in each["errors"]] for each in answer.json["errors"]}
    assert {index: field for index, (field, _) in enumerate(BAD) if field not in told.get(index, [])} == {}
    assert (answer.json["size"], answer.json["accepted"], answer.json["rejected"]) == (len(BAD) + 1, 1, len(BAD))
    assert stored() == 1


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"{", 400),
        (b"[]", 422),
        (b"{}", 422),
        (b'{"events": {}}', 422),
        (b'{"events": [], "more": 1}', 422),
        (b'{"events": [NaN]}', 202),
        (b'{"events": [' + b",".join([b"{}"] * 1001) + b"]}", 422),
        (b'{"events": []}', 202),
        (b'{"events": ["\xff"]}', 400),
        (b'{"events": [{"type": "custom", "name": "\\ud800"}]}', 400),
        (b"[" * 100_000, 400),
    ],
)
def test_what_is_no_batch_is_refused_whole(cast, program, stored, sent, status):
    answer = program(cast.teacher)("POST", "/events/batch-track", data=sent, content_type="application/json")
    assert answer.status_code == status, answer.json
    assert stored() == 0


def test_an_hour_ahead_and_all_that_is_kept_is_taken(cast, program, clock_at, stored):
    clock_at(NOW)
    ends = (NOW + timedelta(hours=1), NOW - timedelta(days=365), NOW.replace(tzinfo=None))
    batch = {"events": [learned(occurred_at=end.isoformat()) for end in ends]}
    assert program(cast.student)("POST", "/events/batch-track", batch).json["accepted"] == 3
    assert stored() == 3


def test_the_same_id_is_stored_once_in_one_batch_and_over_many(cast, program, stored):
    send, other = program(cast.teacher), program(cast.other_teacher)
    event = identified()
    upper = {**event, "event_id": event["event_id"].upper(), "name": "other"}
    assert send("POST", "/events/batch-track", {"events": [event, upper, event]}).json["accepted"] == 3
    assert send("POST", "/events/track", event).status_code == 202
    assert (stored(), stored(EventKey)) == (1, 1)
    assert send("GET", f"/events/{event['event_id']}").json["name"] == "lesson finished"
    assert other("POST", "/events/track", event).status_code == 202  # another school's ids are its own
    assert stored() == 2


def test_one_may_report_for_oneself_and_those_whom_one_looks_after(session, cast, program):
    group(session, cast.school, teachers=[cast.teacher], students=[cast.student])
    session.commit()
    may = {
        cast.student: {cast.student},
        cast.teacher: {cast.teacher, cast.student},
        cast.manager: {cast.manager, cast.teacher, cast.student, cast.classmate},
        cast.admin: {cast.admin},
    }
    everyone = (cast.admin, cast.manager, cast.teacher, cast.student, cast.classmate, cast.other_student)
    for person, allowed in may.items():
        batch = {"events": [learned(user_id=str(each.id)) for each in everyone]}
        refused = {each["index"] for each in program(person)("POST", "/events/batch-track", batch).json["errors"]}
        assert {everyone[index] for index in range(len(everyone)) if index not in refused} == allowed


def test_sending_needs_the_scope_and_has_a_limit_that_says_how_long_to_wait(cast, program, app, monkeypatch):
    assert program(cast.teacher, "read write")("POST", "/events/track", learned()).status_code == 403
    monkeypatch.setitem(app.config, "EVENTS_RATE_LIMIT", 2)
    send = program(cast.teacher)
    answers = [send("POST", "/events/track", learned()) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 60
    assert send("GET", "/events/").status_code == 200


def test_of_many_who_bring_the_same_ids_at_once_one_gets_in(cast, engine, stored, session):
    ids = [str(uuid4()) for _ in range(60)]
    failed = []

    def bring(seed: int) -> None:
        dice = random.Random(seed)
        intake = Intake(engine, lambda *_: timedelta(days=365))
        try:
            for _ in range(4):
                some = dice.sample(ids, 40)
                events = ",".join(f'{{"type":"custom","name":"{each[0]}","event_id":"{each}"}}' for each in some)
                intake.batch(cast.teacher.viewer, f'{{"events":[{events}]}}'.encode())
        except Exception as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=bring, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    known = {str(each) for each in session.scalars(EventKey.__table__.select().with_only_columns(EventKey.id))}
    session.rollback()
    assert stored() == stored(EventKey) == len(known)
    assert known <= set(ids)
    assert sum(session.scalars(EventDelta.__table__.select().with_only_columns(EventDelta.number))) == stored()


# ------------------------------------------------------------ counts


def test_counts_follow_from_the_events_before_and_after_folding_and_when_events_are_gone(
    session, cast, program, clock_at
):
    clock_at(NOW)
    dice = random.Random(4)
    send, school_zone_day = program(cast.manager), Counter()
    by_type, by_name, by_hour, events = Counter(), Counter(), Counter(), []
    for number in range(120):
        at = NOW - timedelta(minutes=dice.randrange(0, 3 * 24 * 60))
        kind, name = dice.choice(list(GOOD)), dice.choice("abc")
        event = {"event_id": str(uuid4()), "type": kind, "name": name, "occurred_at": at.isoformat()}
        events.append({**event, "properties": GOOD[kind]})
        local = at + timedelta(hours=1)  # Berlin in winter
        by_type[kind] += 1
        by_name[name] += 1
        school_zone_day[local.date().isoformat()] += 1
        by_hour[f"{local:%Y-%m-%dT%H}:00+01:00"] += 1
        if number == 60:
            send("POST", "/events/batch-track", {"events": events})
            service.fold_counts(session)
            session.commit()
    send("POST", "/events/batch-track", {"events": events})
    expected = {"type": by_type, "name": by_name, "day": school_zone_day, "hour": by_hour}

    def shown(key):
        answer = send("GET", f"/events/stats?group_by={key}&start=2026-11-15").json
        assert answer["total"] == 120
        return {item["key"]: item["count"] for item in answer["items"]}

    for _ in range(2):
        assert {key: shown(key) for key in expected} == expected
        service.fold_counts(session)
        session.commit()
    gone = events[0]
    assert send("DELETE", f"/events/{gone['event_id']}").status_code == 204
    assert send("DELETE", f"/events/{gone['event_id']}").status_code == 404
    expected["type"][gone["type"]] -= 1
    answer = send("GET", "/events/stats?start=2026-11-15").json
    assert {item["key"]: item["count"] for item in answer["items"]} == expected["type"]
    assert [item["count"] for item in answer["items"]] == sorted(expected["type"].values(), reverse=True)
    clock_at(NOW + timedelta(days=430))
    while service.drop_old(session, timedelta(days=365)):
        session.commit()
    again = send("GET", "/events/stats?start=2026-11-15&end=2026-11-20").json
    assert again["items"] == answer["items"]
    assert send("GET", f"/events/{events[1]['event_id']}").status_code == 404


def test_pages_follow_each_other_without_gap_or_repetition(cast, program, clock_at):
    clock_at(NOW)
    send = program(cast.manager)
    batch = [identified(occurred_at=(NOW - timedelta(seconds=n // 3)).isoformat()) for n in range(25)]
    send("POST", "/events/batch-track", {"events": batch})
    seen, cursor = [], ""
    while cursor is not None:
        page = send("GET", f"/events/?limit=7&cursor={cursor}").json
        seen += [item["id"] for item in page["items"]]
        cursor = page["cursor"]
    expected = sorted(batch, key=lambda event: (event["occurred_at"], UUID(event["event_id"]).bytes), reverse=True)
    assert seen == [event["event_id"] for event in expected]
    assert send("GET", "/events/?cursor=nonsense").status_code == 422


def test_people_read_only_what_is_theirs_to_read(session, cast, program):
    group(session, cast.school, teachers=[cast.teacher], students=[cast.student])
    session.commit()
    everyone = (cast.manager, cast.teacher, cast.student, cast.classmate, cast.other_student)
    senders = {person: program(person) for person in everyone}
    ids = {}
    for person, send in senders.items():
        event = identified()
        send("POST", "/events/track", event)
        ids[person] = event["event_id"]
    expected = {
        cast.student: {cast.student},
        cast.teacher: {cast.teacher, cast.student},
        cast.manager: {cast.manager, cast.teacher, cast.student, cast.classmate},
        cast.other_student: {cast.other_student},
    }
    for person, theirs in expected.items():
        send = senders[person]
        assert {item["user_id"] for item in send("GET", "/events/").json["items"]} == {str(p.id) for p in theirs}
        assert {p for p in everyone if send("GET", f"/events/{ids[p]}").status_code == 200} == theirs
    admin = program(cast.admin)
    assert len(admin("GET", f"/events/?school_id={cast.school.id}").json["items"]) == 4
    assert admin("GET", f"/events/{ids[cast.other_student]}").status_code == 200
    assert senders[cast.student]("GET", "/events/stats").status_code == 403


def test_events_of_people_who_are_gone_are_hidden_at_once_and_deleted_soon(session, cast, program, stored):
    send = program(cast.student)
    send("POST", "/events/batch-track", {"events": [learned() for _ in range(5)]})
    program(cast.manager)("POST", "/events/track", learned())
    session.delete(session.get(type(cast.student.user), cast.student.id))
    session.commit()
    manager = program(cast.manager)
    assert len(manager("GET", "/events/").json["items"]) == 1
    while service.forget_gone(session):
        session.commit()
    assert (stored(), stored(EventKey)) == (1, 1)
    assert manager("GET", "/events/stats").json["total"] == 6
    assert cast.manager.viewer.role is Role.MANAGER
