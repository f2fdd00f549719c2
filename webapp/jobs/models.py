"""When each job last ran: what the schedule catches up from, and what the job pages show."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.base import Base
from webapp.db.columns import UtcDateTime


class JobRun(Base):
    """One row per job function, not per run."""

    __tablename__ = "job_runs"

    path: Mapped[str] = mapped_column(String(200), primary_key=True)
    claimed_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_duration_ms: Mapped[int | None]
    last_outcome: Mapped[str | None] = mapped_column(String(200))
