"""What is written about people and about the installation: files, logs, requests, runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from tests.security.samples.base import BEGIN, END, Sample, kept, owned, said_of, school_of
from webapp.accounts.identity import viewer_for
from webapp.audit.models import AuditEntry
from webapp.audit.service import record
from webapp.compliance.models import DataRequest, ErasureCertificate, RequestKind, RequestStatus
from webapp.core.secrets import new_secret
from webapp.db.base import new_id
from webapp.events.models import NO_SCHOOL, Event, EventKey
from webapp.exports.models import Export, ExportFormat, ExportStatus
from webapp.health.models import Alert
from webapp.health.types import Severity
from webapp.jobs.models import Ended, JobHistory
from webapp.jobs.wrapper import path_of
from webapp.mail.jobs import forget_mails
from webapp.reminders.models import ReminderKind, ReminderSubscription
from webapp.reminders.tokens import unsubscribe_token
from webapp.reports.tokens import report_token


def an_export(session, user, mark):
    """Return a finished export, with its file where the session says that exports are kept."""
    folder = session.info["exports_folder"]
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{new_secret()}.csv"
    (folder / name).write_text(f"{mark}\r\n")
    row = Export(
        **owned(user),
        kind="daily",
        file_format=ExportFormat.CSV,
        parameters={"first": "2026-11-01", "last": "2026-11-30"},
        status=ExportStatus.READY,
        percent=100,
        file_name=name,
        size_bytes=len(mark) + 2,
        finished_at=datetime.now(UTC),
        expires_at=datetime.now(UTC) + timedelta(days=1),
    )
    return kept(session, row)


def an_unsubscribe_token(session, user, mark):
    kind = ReminderKind.WEEKLY_DIGEST
    subscription = ReminderSubscription(user_id=user.id, kind=kind, due_at=END, named={mark: "2026-11-16"})
    session.merge(subscription)
    session.flush()
    return Sample(unsubscribe_token(session.info["signing_key"], user.id, kind))


def a_report_token(session, user, mark):
    return Sample(report_token(session.info["signing_key"], user.id))


def a_job(session, user, mark):
    return Sample("forget-mails")


def a_run(session, user, mark):
    at = datetime.now(UTC)
    times = {"started_at": at, "finished_at": at, "duration_ms": 1}
    return kept(session, JobHistory(path=path_of(forget_mails), outcome=Ended.FAILED, problem="KeyError", **times))


def an_event(session, user, mark):
    at, school = datetime.now(UTC), user.school_id or NO_SCHOOL
    place = {"school_id": school, "occurred_at": at, "id": new_id()}
    session.add(EventKey(**place))
    said = {"type": "custom", "name": said_of(mark, "event"), "properties": "{}", "session_id": None}
    return kept(session, Event(**place, user_id=user.id, received_at=at, **said))


def a_log_entry(session, user, mark):
    """Return an entry of the audit log of the person's school."""
    viewer = viewer_for(session, user.id)
    record(session, viewer, "test.sampled", school_id=school_of(session, user).id)
    session.commit()
    newest = select(AuditEntry).order_by(AuditEntry.occurred_at.desc(), AuditEntry.id.desc()).limit(1)
    row = session.scalars(newest).one()
    return Sample(str(row.id), row)


def a_data_request(session, user, mark):
    """Return an erasure that can still be cancelled."""
    whose = {**owned(user), "kind": RequestKind.ERASURE, "subject_hash": b"s" * 32}
    later = datetime.now(UTC) + timedelta(days=9)
    return kept(session, DataRequest(**whose, due_at=later, runs_at=later))


def a_data_file(session, user, mark):
    """Return an export of all of somebody's data that is ready, with its file beside the other exports."""
    folder = session.info["exports_folder"].parent / "privacy"
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{new_secret()}.zip"
    (folder / name).write_text(f"{mark}\r\n")
    whose = {**owned(user), "kind": RequestKind.EXPORT, "subject_hash": b"s" * 32, "status": RequestStatus.READY}
    later = datetime.now(UTC) + timedelta(days=1)
    return kept(session, DataRequest(**whose, due_at=later, expires_at=later, file_name=name, size_bytes=9))


def a_certificate(session, user, mark):
    now = datetime.now(UTC)
    given = {"school_id": user.school_id, "asked_at": now, "erased_at": now, "done": {"slots": {"deleted": 1}}}
    return kept(session, ErasureCertificate(id=new_id(), **given))


def an_alert(session, user, mark):
    """Return an alert that is open; it is nobody's, and admins look after it."""
    said = {"severity": Severity.INFO, "value": 1.0, "threshold": 0.0, "triggered_at": BEGIN}
    return kept(session, Alert(rule_key=f"sample-{new_secret()[:8]}", **said))


def an_alert_rule(session, user, mark):
    return Sample("disk")


def a_static_file(session, user, mark):
    return Sample("img/mark.svg")
