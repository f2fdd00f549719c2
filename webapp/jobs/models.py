"""When each job last ran, which is what the schedule catches up from, and how its newest runs went."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import JSON, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.base import Base, new_id
from webapp.db.columns import UtcDateTime, enum_by_value


class JobRun(Base):
    """One row per job function, not per run."""

    __tablename__ = "job_runs"

    path: Mapped[str] = mapped_column(String(200), primary_key=True)
    claimed_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_duration_ms: Mapped[int | None]
    last_outcome: Mapped[str | None] = mapped_column(String(200))


class Ended(StrEnum):
    """How a run ended."""

    OK = "ok"
    FAILED = "failed"


class JobHistory(Base):
    """A run that ended, by itself. One that was killed leaves none; it is done again.

    `ids` are what the job was given. `answer` is what it returned where that is a number. `problem` names the kinds of
    errors, and `trace` the lines of code that they passed; what the errors said may name people and is not kept.
    `retried_at` is when somebody asked for a failed run again.
    """

    __tablename__ = "job_history"
    __table_args__ = (
        Index("ix_job_history_path_started_at", "path", "started_at"),
        Index("ix_job_history_outcome_started_at", "outcome", "started_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    path: Mapped[str] = mapped_column(String(200))
    ids: Mapped[list[str]] = mapped_column(JSON, default=list)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    finished_at: Mapped[datetime] = mapped_column(UtcDateTime)
    duration_ms: Mapped[int] = mapped_column(Integer)
    outcome: Mapped[Ended] = mapped_column(enum_by_value(Ended))
    answer: Mapped[int | None] = mapped_column(Integer)
    problem: Mapped[str] = mapped_column(String(200), default="")
    trace: Mapped[str] = mapped_column(Text, default="")
    retried_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
