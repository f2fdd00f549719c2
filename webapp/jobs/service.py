"""Asking for jobs by hand. Every job may run twice with the same result, so asking once too often does no harm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from webapp.audit.service import record
from webapp.core import clock
from webapp.core.errors import ConflictError, NotFoundError
from webapp.db.after_commit import after_commit
from webapp.db.redis import redis_answers
from webapp.jobs.models import Ended, JobHistory
from webapp.jobs.on_demand import ON_DEMAND, load
from webapp.jobs.queries import scheduled, slug_of
from webapp.jobs.queue import enqueue_path
from webapp.jobs.schedule import SCHEDULE

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer

AWAY = "Redis is away, so nothing can be asked for now. What is due runs by itself as soon as it is back."


def run_now(session: Session, viewer: Viewer, name: str) -> None:
    """Ask for a job of the schedule now. Raises NotFoundError, or ConflictError while Redis is away.

    Jobs that people's actions start are refused like unknown ones: they would not know for whom.
    """
    row = scheduled(name)
    _refuse_while_away()
    record(session, viewer, "job.run", detail={"job": slug_of(row.name)})
    _ask(session, row.function)


def retry(session: Session, viewer: Viewer, run_id: UUID) -> str:
    """Ask again for a run that failed, with what it was given, and return the job's name.

    Raises NotFoundError, or ConflictError for a run that went well, was asked for again already, or is of a job that
    is no more.
    """
    found = session.scalars(select(JobHistory).where(JobHistory.id == run_id).with_for_update()).one_or_none()
    if found is None:
        raise NotFoundError("There is no such run.")
    names = {row.function: slug_of(row.name) for row in (*SCHEDULE, *ON_DEMAND)}
    if found.outcome is not Ended.FAILED or found.retried_at is not None or found.path not in names:
        raise ConflictError("Only a run that failed is tried again, and only once.")
    _refuse_while_away()
    found.retried_at = clock.now()
    session.flush()
    record(session, viewer, "job.retried", detail={"job": names[found.path], "run": run_id})
    _ask(session, found.path, *found.ids)
    return names[found.path]


def _refuse_while_away() -> None:
    if not redis_answers():
        raise ConflictError(AWAY)


def _ask(session: Session, path: str, *ids: str) -> None:
    load()
    after_commit(session, lambda: enqueue_path(path, *ids))
