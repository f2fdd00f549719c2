"""What people ask about their data, what they agreed to, who read about them, and what is left of the erased."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, Date, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import clock
from webapp.db.base import Base, new_id
from webapp.db.columns import UtcDateTime, enum_by_value


class RequestKind(StrEnum):
    """What somebody may ask about the data kept about them."""

    EXPORT = "export"
    ERASURE = "erasure"


class RequestStatus(StrEnum):
    """How far a request has come; `waiting` is an erasure that can still be cancelled, or an export in the queue."""

    WAITING = "waiting"
    RUNNING = "running"
    READY = "ready"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Purpose(StrEnum):
    """What a consent is about: the notice that a person reads, or that a parent or guardian agrees."""

    NOTICE = "notice"
    GUARDIAN = "guardian"


class RetentionSettings(Base):
    """How long a school keeps what, and what it asks consent for; no row, or a key that is missing, means the default.

    `periods` holds days by the key of a rule (compliance/rules.py).
    """

    __tablename__ = "retention_settings"
    __table_args__ = (
        CheckConstraint("grace_days BETWEEN 0 AND 28", name="grace_days"),
        CheckConstraint("consent_months BETWEEN 1 AND 60", name="consent_months"),
    )

    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), primary_key=True)
    periods: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    grace_days: Mapped[int] = mapped_column(default=14)
    consent_months: Mapped[int] = mapped_column(default=12)
    guardian_required: Mapped[bool] = mapped_column(default=False)


class DataRequest(Base):
    """That somebody wants their data, or wants them gone; who is erased is named by a hash alone afterwards.

    `due_at` is when the law wants it done; `runs_at` when it is done, after which nothing can be cancelled. `leftovers`
    holds, while an erasure is on its way and not a moment longer, what must still be looked for outside the database.
    """

    __tablename__ = "data_requests"
    __table_args__ = (
        Index("ix_data_requests_user_id_asked_at", "user_id", "asked_at"),
        Index("ix_data_requests_school_id_asked_at", "school_id", "asked_at"),
        Index("ix_data_requests_asked_at", "asked_at", "id"),
        Index("ix_data_requests_status_runs_at", "status", "runs_at"),
        Index("ix_data_requests_asked_by", "asked_by"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    subject_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    school_id: Mapped[UUID | None] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    kind: Mapped[RequestKind] = mapped_column(enum_by_value(RequestKind))
    status: Mapped[RequestStatus] = mapped_column(enum_by_value(RequestStatus), default=RequestStatus.WAITING)
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    by_staff: Mapped[bool] = mapped_column(default=False)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    runs_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    heartbeat_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    percent: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str | None] = mapped_column(String(300))
    file_name: Mapped[str | None] = mapped_column(String(200))
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    leftovers: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class Tombstone(Base):
    """That somebody was erased, by a hash of their id, so that an older backup cannot bring them back."""

    __tablename__ = "tombstones"

    subject_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    erased_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ErasureCertificate(Base):
    """What an erasure did, in numbers of rows by table; it names nobody, and whoever has its number may read it.

    Its id is that of the request, so the number is known before the person is gone.
    """

    __tablename__ = "erasure_certificates"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID | None] = mapped_column(ForeignKey("schools.id", ondelete="SET NULL"), index=True)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done: Mapped[dict[str, Any]] = mapped_column(JSON)
    files_removed: Mapped[int] = mapped_column(default=0)


class Consent(Base):
    """That a person, or somebody for them, agreed to something at one time, until it was withdrawn."""

    __tablename__ = "consents"
    __table_args__ = (
        Index("ix_consents_user_id_purpose", "user_id", "purpose", "given_at"),
        Index("ix_consents_school_id_purpose_given_at", "school_id", "purpose", "given_at"),
        Index("ix_consents_recorded_by", "recorded_by"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    school_id: Mapped[UUID | None] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    purpose: Mapped[Purpose] = mapped_column(enum_by_value(Purpose))
    given_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))


class Disclosure(Base):
    """That a member of staff read a pupil's record, or a list, on one UTC date, and how often.

    `user_id` says whose record, `class_id` the list of which class. Neither is set for a list of people of the school,
    or with no school of all; it holds whoever was on the page that was read, and `narrowed` names what it was narrowed
    by, never to whom. `key` is a hash of who read what about whom on that date, so that several processes add to one
    row.
    """

    __tablename__ = "disclosures"
    __table_args__ = (
        CheckConstraint("user_id IS NULL OR class_id IS NULL", name="at_most_one_subject"),
        Index("ix_disclosures_user_id_read_on", "user_id", "read_on"),
        Index("ix_disclosures_class_id_read_on", "class_id", "read_on"),
        Index("ix_disclosures_viewer_id_read_on", "viewer_id", "read_on"),
        Index("ix_disclosures_school_id_read_on", "school_id", "read_on"),
    )

    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    school_id: Mapped[UUID | None] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    viewer_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    viewer_role: Mapped[str] = mapped_column(String(20))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    class_id: Mapped[UUID | None] = mapped_column(ForeignKey("class_groups.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(30))
    narrowed: Mapped[str] = mapped_column(String(100), default="")
    read_on: Mapped[date] = mapped_column(Date)
    times: Mapped[int] = mapped_column(default=1)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)


class BackupRecord(Base):
    """A backup that was made, and whether reading it back worked."""

    __tablename__ = "backup_records"
    __table_args__ = (Index("ix_backup_records_made_at", "made_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    file_name: Mapped[str] = mapped_column(String(200))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    row_count: Mapped[int] = mapped_column(BigInteger)
    tested_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    test_outcome: Mapped[str | None] = mapped_column(String(200))


class RetentionRun(Base):
    """What a run of the retention rules deleted for a school, in numbers of rows by rule."""

    __tablename__ = "retention_runs"
    __table_args__ = (Index("ix_retention_runs_school_id_ran_at", "school_id", "ran_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[UUID | None] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    ran_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed: Mapped[dict[str, Any]] = mapped_column(JSON)
