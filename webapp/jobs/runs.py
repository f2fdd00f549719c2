"""The last run of each job, kept in the database so that it outlives Redis and workers."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from sqlalchemy import Table, or_, select, update

from webapp.db.upsert import upsert
from webapp.jobs.models import JobRun

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

TABLE = cast(Table, JobRun.__table__)


def record_start(session: Session, path: str, at: datetime) -> None:
    """Note that the job began."""
    _set(session, {"path": path, "last_started_at": at})


def record_end(session: Session, path: str, at: datetime, milliseconds: int, outcome: str) -> None:
    """Note that the job ended, after how long, and how."""
    row = {"path": path, "last_finished_at": at, "last_duration_ms": milliseconds, "last_outcome": outcome}
    _set(session, row)


def claim(session: Session, path: str, due_at: datetime) -> bool:
    """Take the run that was due then; False when it, or a later one, has been taken before."""
    upsert(session, TABLE, [{"path": path}], keys=["path"], update=[])
    unclaimed = or_(JobRun.claimed_due_at.is_(None), JobRun.claimed_due_at < due_at)
    statement = update(JobRun).where(JobRun.path == path, unclaimed).values(claimed_due_at=due_at)
    return session.execute(statement).rowcount == 1  # type: ignore[attr-defined]  # an UPDATE has one


def last_claims(session: Session) -> dict[str, datetime]:
    """Return, by path, the due time of the last run that was claimed."""
    rows = session.execute(select(JobRun.path, JobRun.claimed_due_at).where(JobRun.claimed_due_at.is_not(None)))
    return {path: due_at for path, due_at in rows if due_at is not None}


def all_runs(session: Session) -> Sequence[JobRun]:
    """Return the last run of every job that ever ran."""
    return session.scalars(select(JobRun).order_by(JobRun.path)).all()


def _set(session: Session, row: dict[str, object]) -> None:
    upsert(session, TABLE, [row], keys=["path"], update=[name for name in row if name != "path"])
