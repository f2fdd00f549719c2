"""How a school stands is counted from what is there; what is past its time goes, as each school chose."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from webapp.accounts.models import UserSession
from webapp.activity.models import ActivityEvent
from webapp.audit.models import AuditEntry
from webapp.compliance import jobs
from webapp.compliance.models import BackupRecord, Consent, DataRequest, Purpose, RequestKind, RetentionRun
from webapp.compliance.rows import subject_hash
from webapp.compliance.rules import RULES
from webapp.core.secrets import hash_secret, new_secret
from webapp.db.base import new_id
from webapp.events.models import Event

STATUS = "/api/v1/compliance/status"
NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)


def ended_session(person, days):
    ended = NOW - timedelta(days=days)
    given = {"user_id": person.viewer.user_id, "token_hash": hash_secret(new_secret()), "last_seen_at": ended}
    return UserSession(**given, created_at=ended, expires_at=ended)


@pytest.fixture
def state(cast, session, clock_at):
    """Give two schools sessions that ended, requests, consents and a backup."""
    clock_at(NOW)
    session.add_all([ended_session(cast.student, days) for days in (5, 29, 30.5, 40)])
    session.add_all([ended_session(cast.other_student, days) for days in (40, 50, 60)])
    for person, asked in ((cast.student, 40), (cast.classmate, 3), (cast.other_student, 50)):
        asked_at = NOW - timedelta(days=asked)
        whose = {"user_id": person.viewer.user_id, "school_id": person.viewer.school_id, "kind": RequestKind.ERASURE}
        times = {"asked_at": asked_at, "due_at": asked_at + timedelta(days=30), "runs_at": NOW + timedelta(days=9)}
        session.add(DataRequest(**whose, **times, subject_hash=subject_hash(person.viewer.user_id)))
    for person, days in ((cast.student, 200), (cast.other_student, 5)):
        given = {"user_id": person.viewer.user_id, "school_id": person.viewer.school_id, "purpose": Purpose.NOTICE}
        session.add(Consent(**given, given_at=NOW - timedelta(days=days)))
    session.add(
        BackupRecord(made_at=NOW, file_name="b.zip", size_bytes=9, row_count=3, tested_at=NOW, test_outcome="sound")
    )
    session.commit()
    return cast


def asked(client, **query):
    answer = client.get(STATUS, query_string=query)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_it_counts_what_is_there(state, as_):
    found = asked(as_(state.manager))
    assert found["school_id"] == str(state.school.id)
    by_key = {row["key"]: row for row in found["retention"]}
    assert (by_key["sessions"]["days"], by_key["sessions"]["due"], by_key["sessions"]["overdue"]) == (30, 2, 1)
    assert found["overdue_deletions"] == 1
    assert [row["overdue"] for row in found["requests"]] == [True, False]
    assert found["overdue_requests"] == 1
    assert found["consents"]["students"] == 2
    assert found["consents"]["missing"] == 1
    assert [row["count"] for row in found["consents"]["by_age"]] == [0, 1, 0]
    assert found["unclassified"] == []
    assert found["last_backup"]["test_outcome"] == "sound"
    assert found["last_audit_export_at"] is None


def test_a_manager_sees_their_school_an_admin_all_and_others_nothing(state, as_):
    admin, manager = as_(state.admin), as_(state.manager)
    everything = asked(admin)
    assert everything["school_id"] is None
    assert len(everything["requests"]) == 3
    assert asked(admin, school_id=str(state.other_school.id))["consents"]["students"] == 1
    assert manager.get(STATUS, query_string={"school_id": str(state.other_school.id)}).status_code == 404
    assert manager.get(STATUS, query_string={"school_id": "x"}).status_code == 422
    assert as_(state.teacher).get(STATUS).status_code == 403
    page = manager.get("/admin/compliance")
    assert page.status_code == 200
    assert "Unclassified columns" in page.text
    assert "xp_entries" in manager.get("/admin/compliance/columns").text
    assert as_(state.student).get("/admin/compliance").status_code == 403


def test_retention_deletes_what_is_due_as_each_school_chose(state, session, as_, csrf, run):
    manager = as_(state.manager)
    path = f"/schools/{state.school.id}/retention"
    sent = {"csrf_token": csrf(manager), "sessions": "10", "grace_days": "7", "consent_months": "6"}
    assert manager.post(path, data={**sent, "sessions": "99"}).status_code == 422
    assert manager.post(path, data={**sent, "grace_days": "x"}).status_code == 422
    assert manager.post(path, data=sent).status_code == 303
    assert 'value="10"' in manager.get(path).text
    other = f"/schools/{state.other_school.id}/retention"
    assert manager.post(other, data=sent).status_code == 404
    changed = AuditEntry.chain_id == state.school.id, AuditEntry.action == "retention.changed"
    assert session.scalar(select(func.count()).where(*changed)) == 1
    session.commit()
    assert asked(manager)["consents"]["missing"] == 2, "a consent of 200 days no longer holds"
    before = asked(manager)["retention"][0]["due"]
    removed = run(jobs.apply_retention)
    assert (before, removed["sessions"]) == (3, 3 + 3)
    left = select(func.count()).where(UserSession.user_id == state.student.viewer.user_id)
    assert session.scalar(left) == 1
    session.commit()
    assert run(jobs.apply_retention)["sessions"] == 0
    kept = session.scalars(select(RetentionRun.removed).where(RetentionRun.school_id == state.school.id)).all()
    session.commit()
    assert kept == [{"sessions": 3}]
    assert asked(manager)["overdue_deletions"] == 0


def test_activity_and_events_go_when_the_school_says_so(cast, session, as_, csrf, run, clock_at, app):
    clock_at(NOW)
    for person, days in ((cast.student, 29), (cast.student, 31), (cast.other_student, 31), (cast.other_student, 400)):
        whose = {"school_id": person.user.school_id, "user_id": person.id, "occurred_at": NOW - timedelta(days=days)}
        session.add(ActivityEvent(**whose, type="visit", name="home.index", status=200))
        session.add(Event(**whose, id=new_id(), received_at=NOW, type="custom", name="n", properties="{}"))
    session.commit()
    manager = as_(cast.manager)
    sent = {"csrf_token": csrf(manager), "grace_days": "14", "consent_months": "12", "activity": "30", "events": "30"}
    path = f"/schools/{cast.school.id}/retention"
    assert manager.post(path, data={**sent, "activity": "91"}).status_code == 422, "no longer than the installation"
    assert manager.post(path, data=sent).status_code == 303
    by_key = {row["key"]: row for row in asked(manager)["retention"]}
    assert [(by_key[key]["days"], by_key[key]["due"]) for key in ("activity", "events")] == [(30, 1), (30, 1)]
    said = app.test_cli_runner().invoke(args=["compliance", "retention", "--dry-run"]).output
    assert "What people did: 2 would go" in said
    removed = run(jobs.apply_retention)
    assert (removed["activity"], removed["events"]) == (2, 2)
    for model in (ActivityEvent, Event):
        left = sorted((NOW - row.occurred_at).days for row in session.scalars(select(model)))
        session.commit()
        assert left == [29, 31], model


def test_a_dry_run_deletes_nothing(state, session, app):
    session.commit()
    said = app.test_cli_runner().invoke(args=["compliance", "retention", "--dry-run"]).output
    assert "Sessions, after their end: 5 would go" in said
    assert session.scalar(select(func.count()).select_from(UserSession)) == 7


def test_agreeing_and_withdrawing_is_kept(cast, session, as_, csrf):
    pupil, manager = as_(cast.student), as_(cast.manager)
    for agreed in ("true", "true", "false"):
        sent = {"csrf_token": csrf(pupil), "purpose": "notice", "agreed": agreed}
        assert pupil.post("/account/privacy/consents", data=sent).status_code == 303
    rows = session.execute(select(Consent.purpose, Consent.withdrawn_at.is_(None))).all()
    session.commit()
    assert [tuple(row) for row in rows] == [(Purpose.NOTICE, False), (Purpose.NOTICE, False)]
    sent = {"csrf_token": csrf(pupil), "purpose": "guardian", "agreed": "true"}
    assert pupil.post("/account/privacy/consents", data=sent).status_code == 403
    sent = {"csrf_token": csrf(manager), "email": cast.student.viewer.email, "agreed": "true"}
    assert manager.post("/admin/compliance/guardians", data=sent).status_code == 303
    assert "written down by your school" in pupil.get("/account/privacy").text
    sent = {"csrf_token": csrf(manager), "email": cast.other_student.viewer.email, "agreed": "true"}
    assert manager.post("/admin/compliance/guardians", data=sent).status_code == 422


def test_every_rule_is_about_a_column_that_is_there():
    for rule in RULES:
        assert rule.shortest <= rule.days <= rule.longest
        assert rule.past(rule.rows(), NOW) is not None
        assert rule.school is None or rule.school in rule.rows().c
