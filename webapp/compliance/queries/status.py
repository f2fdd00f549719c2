"""How a school, or the installation, stands: computed from what is there, each time that somebody asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, func, select, true

from webapp.accounts.models import User
from webapp.audit.models import INSTALLATION, AuditEntry
from webapp.compliance.access import load_school
from webapp.compliance.classification import unclassified
from webapp.compliance.models import BackupRecord, Consent, DataRequest, Purpose, RetentionRun
from webapp.compliance.rules import OVERDUE_AFTER, RULES, days_of, longest_days
from webapp.compliance.service.retention import due, settings_of
from webapp.compliance.types import PENDING
from webapp.core import clock
from webapp.core.permissions import Role
from webapp.db.base import Base

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.compliance.models import RequestKind, RequestStatus
    from webapp.core.permissions import Viewer

MOST_REQUESTS: Final = 100
MONTH: Final = timedelta(days=30)
AGES: Final = (("under 3 months", 0, 3), ("3 to 12 months", 3, 12), ("over a year", 12, None))
AUDIT_EXPORT: Final = "audit.exported"


@dataclass(frozen=True, slots=True)
class RetentionRow:
    """One rule: days kept, rows that are due, and those that should have gone a day ago. Counts end at 10,001."""

    key: str
    label: str
    days: int
    can_choose: bool
    shortest: int
    longest: int
    due: int
    overdue: int


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A request that is still to be done, and when the law wants that."""

    id: UUID
    kind: RequestKind
    status: RequestStatus
    asked_at: datetime
    due_at: datetime
    overdue: bool


@dataclass(frozen=True, slots=True)
class ConsentAge:
    """How many consents to the notice are of one age."""

    age: str
    count: int


@dataclass(frozen=True, slots=True)
class Consents:
    """How the active students stand to the notice, and to what guardians agree where the school asks for that."""

    students: int
    by_age: list[ConsentAge]
    missing: int
    guardian_required: bool
    guardian_missing: int


@dataclass(frozen=True, slots=True)
class BackupRow:
    """The last backup and the last time that one was read back."""

    made_at: datetime
    size_bytes: int
    row_count: int
    tested_at: datetime | None
    test_outcome: str | None


@dataclass(frozen=True, slots=True)
class Status:
    """Everything that whoever looks after a school has to know about people's data in it."""

    school_id: UUID | None
    school_name: str | None
    as_of: datetime
    retention: list[RetentionRow]
    requests: list[OpenRequest]
    consents: Consents
    unclassified: list[str]
    last_backup: BackupRow | None
    last_audit_export_at: datetime | None
    last_retention_run_at: datetime | None

    @property
    def overdue_deletions(self) -> int:
        """Return how many rows should have been deleted a day ago."""
        return sum(row.overdue for row in self.retention)

    @property
    def overdue_requests(self) -> int:
        """Return how many requests are past their legal date."""
        return sum(request.overdue for request in self.requests)


def status(session: Session, viewer: Viewer, school_id: UUID | None) -> Status:
    """Return how the school stands, or with None, for admins alone, the installation; NotFoundError for any other."""
    school = load_school(session, viewer, school_id)
    scope, now = school.id if school else None, clock.now()
    return Status(
        school_id=scope,
        school_name=school.name if school else None,
        as_of=now,
        retention=retention(session, scope, now),
        requests=_requests(session, scope, now),
        consents=_consents(session, scope, now),
        unclassified=unclassified(Base.metadata),
        last_backup=_last_backup(session),
        last_audit_export_at=_last_audit_export(session, scope),
        last_retention_run_at=_last_run(session, scope),
    )


def retention(session: Session, school_id: UUID | None, now: datetime) -> list[RetentionRow]:
    """Return every rule with what is due and overdue."""
    periods: dict[str, Any] = dict(settings_of(session, school_id).periods) if school_id else {}
    now_due = due(session, school_id, periods, now)
    late = due(session, school_id, periods, now - OVERDUE_AFTER) if any(now_due.values()) else {}
    return [
        RetentionRow(
            *(rule.key, rule.label, days_of(rule, periods), rule.can_choose, rule.shortest, longest_days(rule)),
            now_due[rule.key],
            late.get(rule.key, 0),
        )
        for rule in RULES
        if rule.key in now_due
    ]


def _requests(session: Session, school_id: UUID | None, now: datetime) -> list[OpenRequest]:
    columns = (DataRequest.id, DataRequest.kind, DataRequest.status, DataRequest.asked_at, DataRequest.due_at)
    waiting = select(*columns).where(DataRequest.status.in_(PENDING), _in(DataRequest.school_id, school_id))
    rows = session.execute(waiting.order_by(DataRequest.due_at, DataRequest.id).limit(MOST_REQUESTS))
    return [OpenRequest(*row, overdue=row.due_at < now) for row in rows]


def _consents(session: Session, school_id: UUID | None, now: datetime) -> Consents:
    settings = settings_of(session, school_id) if school_id else None
    months = settings.consent_months if settings else 12
    students = _count_students(session, school_id)
    ages = [ConsentAge(name, _given(session, school_id, now, Purpose.NOTICE, *span)) for name, *span in AGES]
    good = _given(session, school_id, now, Purpose.NOTICE, 0, months)
    guardians = _given(session, school_id, now, Purpose.GUARDIAN, 0, None)
    asks = settings is not None and settings.guardian_required
    return Consents(students, ages, max(students - good, 0), asks, max(students - guardians, 0) if asks else 0)


def _count_students(session: Session, school_id: UUID | None) -> int:
    active = select(func.count()).select_from(User).where(User.role == Role.STUDENT, User.active)
    return session.scalar(active.where(_in(User.school_id, school_id))) or 0


def _given(
    session: Session, school_id: UUID | None, now: datetime, purpose: Purpose, least: int, most: int | None
) -> int:
    """Return how many active students have a standing consent that is so many months old."""
    people = select(func.count(Consent.user_id.distinct())).join(User, User.id == Consent.user_id)
    standing = (Consent.purpose == purpose, Consent.withdrawn_at.is_(None), Consent.given_at <= now - least * MONTH)
    of_students = (User.role == Role.STUDENT, User.active, _in(Consent.school_id, school_id))
    found = people.where(*standing, *of_students)
    return session.scalar(found if most is None else found.where(Consent.given_at > now - most * MONTH)) or 0


def _last_backup(session: Session) -> BackupRow | None:
    columns = (BackupRecord.made_at, BackupRecord.size_bytes, BackupRecord.row_count)
    newest = select(*columns, BackupRecord.tested_at, BackupRecord.test_outcome)
    row = session.execute(newest.order_by(BackupRecord.made_at.desc()).limit(1)).one_or_none()
    return BackupRow(*row) if row else None


def _last_audit_export(session: Session, school_id: UUID | None) -> datetime | None:
    chain = AuditEntry.chain_id == (school_id or INSTALLATION)
    newest = select(AuditEntry.occurred_at).where(AuditEntry.action == AUDIT_EXPORT, chain)
    return session.scalar(newest.order_by(AuditEntry.occurred_at.desc()).limit(1))


def _last_run(session: Session, school_id: UUID | None) -> datetime | None:
    newest = select(RetentionRun.ran_at).where(_in(RetentionRun.school_id, school_id))
    return session.scalar(newest.order_by(RetentionRun.ran_at.desc()).limit(1))


def _in(column: Any, school_id: UUID | None) -> ColumnElement[bool]:
    return column == school_id if school_id else true()
