"""Reading how jobs stand: the schedule with the last runs, the newest runs, and the queues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select, union

from webapp.accounts.models import User
from webapp.core import clock
from webapp.core.errors import NotFoundError
from webapp.core.paging import Listing
from webapp.core.timezones import is_zone
from webapp.db.redis import RedisAwayError, gate
from webapp.jobs import runs
from webapp.jobs.models import Ended, JobHistory
from webapp.jobs.on_demand import ON_DEMAND
from webapp.jobs.queue import queue_named
from webapp.jobs.schedule import SCHEDULE, Scheduled
from webapp.jobs.types import JobFilter, JobRow, QueueRow, RunFilter, RunRow, Which, ZoneDue
from webapp.jobs.wrapper import QUEUES
from webapp.schools.models import School

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from redis import Redis
    from sqlalchemy.orm import Session

    from webapp.jobs.models import JobRun
    from webapp.jobs.on_demand import OnDemand

MOST_ZONES: Final = 50


def slug_of(name: str) -> str:
    """Return a job's name as it stands in addresses."""
    return name.replace(" ", "-")


def scheduled(name: str) -> Scheduled:
    """Return the row of the schedule of that name, in words or as in addresses; NotFoundError where there is none."""
    for row in SCHEDULE:
        if name in {row.name, slug_of(row.name)}:
            return row
    raise NotFoundError("There is no such job.")


def is_scheduled(name: str | None) -> bool:
    """Tell whether that is the name of a job of the schedule."""
    return any(name in {row.name, slug_of(row.name)} for row in SCHEDULE)


def jobs(session: Session, asked: JobFilter) -> Listing[JobRow]:
    """Return a page of the schedule with how each job went last; two statements."""
    found = [row for row in _all(session) if _wanted(row, asked)]
    return Listing(found[asked.offset : asked.offset + asked.limit], len(found), asked.limit, asked.offset)


def job(session: Session, name: str) -> JobRow:
    """Return one job of the schedule."""
    path = scheduled(name).function
    return next(row for row in _all(session) if row.path == path)


def _all(session: Session) -> list[JobRow]:
    last = {run.path: run for run in runs.all_runs(session)}
    zones, now = zones_in_use(session), clock.now()
    return [_row(row, last.get(row.function), row.when.next_due(now, zones)) for row in SCHEDULE]


def _row(row: Scheduled, last: JobRun | None, next_due_at: datetime | None) -> JobRow:
    names = ("last_started_at", "last_finished_at", "last_duration_ms", "last_outcome")
    known: dict[str, Any] = {name: getattr(last, name, None) for name in names}
    started, finished = known["last_started_at"], known["last_finished_at"]
    return JobRow(
        name=slug_of(row.name),
        path=row.function,
        schedule=row.when.words(),
        zone=row.zone,
        queue=row.queue.rpartition(":")[2],
        why_then=row.why_then,
        next_due_at=next_due_at,
        is_running=started is not None and (finished is None or finished < started),
        **known,
    )


def _wanted(row: JobRow, asked: JobFilter) -> bool:
    if asked.q and asked.q.strip().lower() not in row.title:
        return False
    if asked.which is Which.FAILED:
        return row.failed
    return asked.which is not Which.NEVER or row.last_started_at is None


def zones_in_use(session: Session) -> list[str]:
    """Return the time zones that schools and people here have, by name."""
    names = session.scalars(union(select(School.time_zone), select(User.time_zone))).all()
    return sorted(name for name in names if name and is_zone(name))


def due_by_zone(session: Session, name: str) -> list[ZoneDue]:
    """Return when a job is due next in each zone, the earliest first; nothing where zones do not matter to it."""
    row, now = scheduled(name), clock.now()
    if row.zone == "none":
        return []
    found = [(row.when.next_due(now, [zone]), zone) for zone in zones_in_use(session)]
    return [ZoneDue(zone, at) for at, zone in sorted((at, zone) for at, zone in found if at is not None)][:MOST_ZONES]


# ---------------------------------------------------------------- runs


def history(session: Session, asked: RunFilter) -> Listing[RunRow]:
    """Return a page of the newest runs; NotFoundError for a job that there is not."""
    conditions = []
    if asked.job is not None:
        conditions.append(JobHistory.path == _path_of(asked.job))
    if asked.outcome is not None:
        conditions.append(JobHistory.outcome == asked.outcome)
    total = session.scalar(select(func.count()).select_from(JobHistory).where(*conditions)) or 0
    newest = select(JobHistory).where(*conditions).order_by(JobHistory.started_at.desc(), JobHistory.id.desc())
    names = _names()
    rows = session.scalars(newest.limit(asked.limit).offset(asked.offset))
    return Listing([_run(row, names) for row in rows], total, asked.limit, asked.offset)


def failures(session: Session) -> int:
    """Return how many failed runs nobody asked for again."""
    open_ones = (JobHistory.outcome == Ended.FAILED, JobHistory.retried_at.is_(None))
    return session.scalar(select(func.count()).select_from(JobHistory).where(*open_ones)) or 0


def _run(row: JobHistory, names: Mapping[str, str]) -> RunRow:
    return RunRow(
        id=row.id,
        name=names.get(row.path, row.path),
        outcome=row.outcome,
        started_at=row.started_at,
        duration_ms=row.duration_ms,
        answer=row.answer,
        problem=row.problem,
        trace=row.trace,
        retried_at=row.retried_at,
        can_retry=row.outcome is Ended.FAILED and row.retried_at is None and row.path in names,
    )


def _every() -> Sequence[Scheduled | OnDemand]:
    return (*SCHEDULE, *ON_DEMAND)


def _names() -> dict[str, str]:
    return {row.function: slug_of(row.name) for row in _every()}


def _path_of(name: str) -> str:
    for row in _every():
        if name in {row.name, slug_of(row.name)}:
            return row.function
    raise NotFoundError("There is no such job.")


# ---------------------------------------------------------------- queues


def queues() -> list[QueueRow] | None:
    """Return the queues as Redis knows them; None while it is away."""
    try:
        return gate().call(lambda client: [_queue(client, name) for name in QUEUES])
    except RedisAwayError:
        return None


def _queue(client: Redis, name: str) -> QueueRow:
    queue = queue_named(client, name)
    waiting = queue.job_ids
    oldest = queue.fetch_job(waiting[0]) if waiting else None
    since = oldest.enqueued_at if oldest is not None else None
    age = None if since is None else max(0, int((clock.now() - since).total_seconds()))
    return QueueRow(name.rpartition(":")[2], len(waiting), age, queue.started_job_registry.get_job_count(cleanup=False))
