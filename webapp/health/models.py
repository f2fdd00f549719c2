"""How the installation is: how long things took, samples of its state, and alerts over them.

Nothing is about a person but who acknowledged an alert.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Float, ForeignKey, Index, SmallInteger, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.timings import LONGEST_NAME
from webapp.db.base import Base, new_id
from webapp.db.columns import UtcDateTime, enum_by_value
from webapp.health.types import AlertState, Severity

BY_KEY = {"sqlite_with_rowid": False}
STILL_OPEN = text("resolved_at IS NULL")


class TimingMinute(Base):
    """What one process noted under a name in one minute; each time it writes the whole row anew.

    `kind` is request, job or block; durations are in microseconds; `histogram` maps buckets to counts
    (core/histograms.py).
    """

    __tablename__ = "timing_minutes"
    __table_args__ = (BY_KEY,)

    minute: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    process: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME), primary_key=True)
    times: Mapped[int]
    failed: Mapped[int]
    statements: Mapped[int]
    most_statements: Mapped[int]
    total_us: Mapped[int] = mapped_column(BigInteger)
    longest_us: Mapped[int] = mapped_column(BigInteger)
    histogram: Mapped[dict[str, int]] = mapped_column(JSON)


class TimingHour(Base):
    """What the minutes of an hour add up to; an hour has all of its rows or none."""

    __tablename__ = "timing_hours"
    __table_args__ = (BY_KEY,)

    hour: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME), primary_key=True)
    times: Mapped[int]
    failed: Mapped[int]
    statements: Mapped[int]
    most_statements: Mapped[int]
    total_us: Mapped[int] = mapped_column(BigInteger)
    longest_us: Mapped[int] = mapped_column(BigInteger)
    histogram: Mapped[dict[str, int]] = mapped_column(JSON)


class SlowQuery(Base):
    """A statement that took long, without its values, and the page or job that asked for it."""

    __tablename__ = "slow_queries"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    page: Mapped[str] = mapped_column(String(LONGEST_NAME))
    request_id: Mapped[str] = mapped_column(String(64))
    milliseconds: Mapped[int]
    statement: Mapped[str] = mapped_column(Text)


class SystemSample(Base):
    """The figures of `health/figures.py` in one minute; a figure that could not be had is missing."""

    __tablename__ = "system_samples"

    minute: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True, autoincrement=False)
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)


class SystemHour(Base):
    """What the samples of an hour say: by figure their sum, number, largest and last."""

    __tablename__ = "system_hours"

    hour: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True, autoincrement=False)
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)


class TableSize(Base):
    """How many rows a table has, as counted or estimated at a moment; `bytes` with its indexes, on PostgreSQL."""

    __tablename__ = "table_sizes"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    row_count: Mapped[int] = mapped_column(BigInteger)
    bytes: Mapped[int | None] = mapped_column(BigInteger)
    counted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Heartbeat(Base):
    """When a process of a part (web, worker, scheduler) was last alive."""

    __tablename__ = "heartbeats"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    part: Mapped[str] = mapped_column(String(20))
    host: Mapped[str] = mapped_column(String(100))
    pid: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    beat_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class AlertRule(Base):
    """How a rule of `health/rules.py` stands, and what an admin has set it to; NULL is its own default.

    `turned_at` is when the figure began to say otherwise than `state`. Quiet hours are minutes of the local day.
    """

    __tablename__ = "alert_rules"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    enabled: Mapped[bool] = mapped_column(default=True)
    threshold: Mapped[float | None] = mapped_column(Float)
    hold_minutes: Mapped[int | None] = mapped_column(SmallInteger)
    severity: Mapped[Severity | None] = mapped_column(enum_by_value(Severity))
    quiet_from: Mapped[int | None] = mapped_column(SmallInteger)
    quiet_until: Mapped[int | None] = mapped_column(SmallInteger)
    state: Mapped[AlertState] = mapped_column(enum_by_value(AlertState), default=AlertState.NO_DATA)
    since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    turned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    value: Mapped[float | None] = mapped_column(Float)
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Alert(Base):
    """One time that a rule was broken, from then until it was not any more; a rule has at most one open alert."""

    __tablename__ = "alerts"
    __table_args__ = (
        Index("uq_alerts_open", "rule_key", unique=True, sqlite_where=STILL_OPEN, postgresql_where=STILL_OPEN),
        Index("ix_alerts_triggered_at", "triggered_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    rule_key: Mapped[str] = mapped_column(String(40))
    severity: Mapped[Severity] = mapped_column(enum_by_value(Severity))
    value: Mapped[float] = mapped_column(Float)
    threshold: Mapped[float] = mapped_column(Float)
    triggered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acknowledged_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    told_resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AlertSettings(Base):
    """How alerts are told of, and when the rules were last looked at, by anybody and by the job; one row, number 1."""

    __tablename__ = "alert_settings"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    by_mail: Mapped[bool] = mapped_column(default=True)
    pause_minutes: Mapped[int] = mapped_column(SmallInteger, default=5)
    repeat_hours: Mapped[int] = mapped_column(SmallInteger, default=6)
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")
    webhook: Mapped[str] = mapped_column(String(500), default="")
    webhook_secret: Mapped[str] = mapped_column(String(64), default="")
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    job_checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AlertPost(Base):
    """What is to be told to the webhook, until it has arrived or nobody tries any more."""

    __tablename__ = "alert_posts"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    body: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    problem: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
