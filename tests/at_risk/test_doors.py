"""Students at risk through the front door: the page, its parts and files, rules, and messages to those ticked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.at_risk.world import NOW
from tests.planner.doors import words
from webapp.at_risk import queries, service
from webapp.at_risk.models import RiskRules, StudentMessage
from webapp.audit.models import AuditEntry
from webapp.db.base import new_id
from webapp.mail.models import OutgoingMail

DRAFT = {"subject": "Hello", "text": "How are you?\n\n<b>Really</b>"}


def rows_of(page):
    return [name for name in ("Student Example", "Classmate Example") if name in page]


def test_a_teacher_sees_who_and_why_and_follows_the_reason(door, cast, room):
    teacher = door(cast.teacher)
    page = teacher.get(f"/at-risk?class_id={room.id}").text
    assert rows_of(page) == ["Student Example"]
    assert "No activity for 24 days" in page
    assert f"/students/{cast.student.id}#activity" in page
    assert "1 of 2 students, as of now" in words(page)
    part = teacher.get(f"/at-risk?class_id={room.id}&level=high&limit=10", htmx=True).text
    assert part.lstrip().startswith('<section id="at-risk"')
    assert "Nobody at this level" in teacher.get("/at-risk?level=low").text
    assert "past the end" in teacher.get("/at-risk?offset=50").text
    card = teacher.get(f"/classes/{room.id}").text
    assert f'hx-get="/at-risk?class_id={room.id}&amp;limit=10"' in card
    assert 'hx-get="/at-risk?limit=8"' in teacher.get("/").text


def test_the_file_and_the_json_say_the_same(door, cast, room):
    teacher = door(cast.teacher)
    lines = teacher.get("/at-risk.csv").text.splitlines()
    assert lines[1].split(",")[1:6] == ["9B", str(cast.student.id), "Student Example", "high", "50"]
    answer = teacher.get(f"/api/v1/analytics/at-risk?class_id={room.id}").json
    [item] = answer["items"]
    assert (item["level"], item["score"], item["user_id"]) == ("high", 50, str(cast.student.id))
    assert item["reasons"] == [
        {"kind": "absence", "text": "No activity for 24 days", "figure": 24.0, "of": None, "points": 50}
    ]
    assert answer["counts"] == {
        "students": 2,
        "high": 1,
        "medium": 0,
        "low": 0,
        "started": 0,
        "completed": 0,
        "quiet": 1,
    }
    assert teacher.get(f"/at-risk.csv?class_id={new_id()}").status_code == 404


@pytest.mark.parametrize("query", ["level=urgent", "limit=0", "limit=1000", "offset=-1", "class_id=x", "more=1"])
def test_what_the_address_cannot_say_is_refused(door, cast, room, query):
    assert door(cast.teacher).get(f"/at-risk?{query}").status_code == 422


def test_a_message_is_drafted_edited_and_sent_once(door, session, cast, room):
    teacher = door(cast.teacher)
    draft = teacher.get(f"/at-risk/message?user_ids={cast.student.id}&user_ids={cast.student.id}").text
    assert "student@school.test" in draft
    assert "How are you getting on?" in draft
    form = {**DRAFT, "id": str(new_id()), "user_ids": str(cast.student.id)}
    first = teacher.post("/at-risk/message", **form)
    assert (first.status_code, first.headers["Location"]) == (303, "/at-risk")
    assert teacher.post("/at-risk/message", htmx=True, **form).headers["HX-Redirect"] == "/at-risk"
    [mail] = session.scalars(select(OutgoingMail)).all()
    assert (mail.recipient, mail.subject) == ("student@school.test", "Hello")
    assert "Teacher Example wrote this to you" in mail.text_body
    assert "&lt;b&gt;Really&lt;/b&gt;" in mail.html_body
    [entry] = session.scalars(
        select(AuditEntry).where(AuditEntry.chain_id == cast.school.id, AuditEntry.action == "message.sent")
    ).all()
    assert entry.detail == {"recipients": [str(cast.student.id)]}


def test_a_refused_message_keeps_what_was_typed(door, session, cast, room):
    teacher = door(cast.teacher)
    form = {"id": str(new_id()), "user_ids": str(cast.student.id), "subject": "  ", "text": "Long and dear words"}
    answer = teacher.post("/at-risk/message", **form)
    assert answer.status_code == 422
    assert "Long and dear words" in answer.text
    assert "student@school.test" in answer.text
    nobody = teacher.post("/at-risk/message", **{**DRAFT, "id": str(new_id())})
    assert (nobody.status_code, "Nobody is ticked" in nobody.text) == (422, True)
    for foreign in (cast.other_student.id, cast.manager.id, new_id()):
        ids = [str(cast.student.id), str(foreign)]
        assert teacher.post("/at-risk/message", **{**DRAFT, "id": str(new_id()), "user_ids": ids}).status_code == 404
    assert session.scalars(select(OutgoingMail)).all() == []


def test_a_day_has_room_for_so_many_letters(door, session, cast, room, clock_at):
    sent = {"school_id": cast.school.id, "sender_id": cast.teacher.id}
    session.add(StudentMessage(**sent, recipients=service.MOST_A_DAY, created_at=NOW - timedelta(hours=23)))
    session.commit()
    form = {**DRAFT, "id": str(new_id()), "user_ids": str(cast.student.id)}
    refused = door(cast.teacher).post("/at-risk/message", **form)
    assert (refused.status_code, "Send this tomorrow" in refused.text) == (422, True)
    clock_at(NOW + timedelta(hours=1))
    assert door(cast.teacher).post("/at-risk/message", **form).status_code == 303


def test_a_school_sets_its_rules_and_keeps_what_was_typed(door, session, cast, room):
    manager, path = door(cast.manager), f"/schools/{cast.school.id}/at-risk-rules"
    assert 'value="7"' in manager.get(path).text
    given = {"absent_days": "12", "low_score": "", "medium_from": "30", "high_from": "60"}
    assert manager.post(path, **given).status_code == 303
    kept = session.get(RiskRules, cast.school.id)
    assert (kept.absent_days, kept.low_score, kept.medium_from) == (12, None, 30)
    assert queries.rules_of(session, cast.school.id).absent_days == 12
    session.commit()
    for wrong in ({"absent_days": "1"}, {"absent_days": "soon"}, {"high_from": "20"}, {"fall_percent": "101"}):
        answer = manager.post(path, htmx=True, **{**given, **wrong})
        assert answer.status_code == 422
        assert f'value="{next(iter(wrong.values()))}"' in answer.text
    session.expire_all()
    assert session.get(RiskRules, cast.school.id).absent_days == 12
    [entry] = session.scalars(
        select(AuditEntry).where(AuditEntry.chain_id == cast.school.id, AuditEntry.action == "risk_rules.changed")
    ).all()
    assert entry.detail == {"absent_days": 12, "medium_from": 30, "high_from": 60}
