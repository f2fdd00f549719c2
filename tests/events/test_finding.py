"""Lists of events of few people, or of a rare kind: the same as walking through all of them would find."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, event, select

from tests.classes.groups import group
from tests.events.conftest import learned
from webapp.accounts.models import User
from webapp.events import queries, service
from webapp.events.models import Event
from webapp.events.types import EventFilter

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
KINDS = {"custom": {}, "learning": {"verb": "completed"}, "performance": {"metric": "a", "value": 1, "unit": "ms"}}


@pytest.fixture
def sent(session, cast, program, clock_at):
    """Send events of many instants, two of them alike, from three people; some counts are folded and some are not."""
    clock_at(NOW)
    group(session, cast.school, teachers=[cast.teacher], students=[cast.student])
    session.commit()
    dice, events = random.Random(7), []
    for number in range(240):
        person = dice.choice((cast.student, cast.classmate, cast.manager))
        at = NOW - timedelta(minutes=dice.choice((0, 1, 30, 59, 61, 1500, 9000, 40_000)) + number // 60)
        kind = dice.choice(list(KINDS))
        name = "rare" if number % 61 == 0 else dice.choice("ab")
        more = {"event_id": str(uuid4()), "occurred_at": at.isoformat(), "user_id": str(person.id)}
        events.append(learned(**more, type=kind, name=name, properties=KINDS[kind]))
    send = program(cast.manager)
    for part in (events[:150], events[150:]):
        assert send("POST", "/events/batch-track", {"events": part}).json["rejected"] == 0
        if part is not events[150:]:
            service.fold_counts(session)
            session.commit()
    return events


def expected(events, people, asked):
    """Return the ids that a walk through everything finds, newest first."""
    start, end = (datetime.fromisoformat(asked.get(name, default)) for name, default in BOUNDS)
    found = [
        each
        for each in events
        if each["user_id"] in people
        and asked.get("type", each["type"]) == each["type"]
        and asked.get("name", each["name"]) == each["name"]
        and start <= datetime.fromisoformat(each["occurred_at"]) < end
    ]
    found.sort(key=lambda each: (each["occurred_at"], UUID(each["event_id"]).bytes), reverse=True)
    return [each["event_id"] for each in found]


def asking(asked, **more):
    return EventFilter.model_validate_json(json.dumps({**asked, **more}))


BOUNDS = (("start", "2000-01-01T00:00:00+00:00"), ("end", "2100-01-01T00:00:00+00:00"))
ASKED = (
    {},
    {"name": "rare"},
    {"name": "a"},
    {"name": "nothing"},
    {"type": "custom"},
    {"type": "learning", "name": "rare"},
    {"type": "api_request"},
    {"name": "b", "start": "2026-11-14T09:00:00+00:00"},
    {"name": "b", "end": "2026-11-20T14:30:00+00:00"},
    {"type": "custom", "start": "2026-11-19T00:00:00+00:00", "end": "2026-11-20T14:01:00+00:00"},
)


def test_pages_are_those_of_a_walk_through_everything(sent, session, cast):
    reach = {cast.manager: (cast.student, cast.classmate, cast.manager), cast.teacher: (cast.student,)}
    for person, people in reach.items():
        whose = {str(each.id) for each in people}
        for asked in ASKED:
            seen, cursor = [], None
            while True:
                page = queries.events(session, person.viewer, asking(asked, limit=7, cursor=cursor))
                seen += [str(row.id) for row in page.items]
                cursor = page.cursor
                if cursor is None:
                    break
            assert seen == expected(sent, whose, asked), (person.user.email, asked)


def test_who_is_gone_leaves_no_gap_though_their_events_are_counted(sent, session, cast):
    newest = [each for each in sent if each["user_id"] != str(cast.manager.id)]
    session.execute(delete(User).where(User.id == cast.manager.id))
    session.commit()
    admin = EventFilter(name="a", limit=7, school_id=cast.school.id)
    page = queries.events(session, cast.admin.viewer, admin)
    whose = {str(cast.student.id), str(cast.classmate.id)}
    assert [str(row.id) for row in page.items] == expected(newest, whose, {"name": "a"})[:7]


def test_a_kind_there_is_none_of_is_not_looked_for_among_all_others(sent, engine, session, cast):
    assert sent
    looked = []
    event.listen(engine, "before_cursor_execute", lambda *told: looked.append(told[2]))
    for asked in ({"name": "nothing"}, {"type": "api_request"}):
        assert queries.events(session, cast.manager.viewer, asking(asked)).items == []
    walked = [statement for statement in looked if "FROM events" in statement and "spans" not in statement]
    assert walked == []


def test_what_a_pupil_sent_at_another_school_before_hides_nothing(sent, session, cast):
    kept = ("user_id", "received_at", "type", "name", "session_id", "properties")
    mine = select(Event).where(Event.user_id == cast.student.id).order_by(Event.occurred_at, Event.id).limit(1)
    like = {name: getattr(session.scalars(mine).one(), name) for name in kept}
    for number in range(9):
        at = NOW + timedelta(minutes=number + 1)
        session.add(Event(id=uuid4(), school_id=cast.other_school.id, occurred_at=at, **like))
    session.commit()
    page = queries.events(session, cast.teacher.viewer, asking({}, limit=7))
    assert [str(row.id) for row in page.items] == expected(sent, {str(cast.student.id)}, {})[:7]
