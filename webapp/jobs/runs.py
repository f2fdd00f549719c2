"""The last run of each job and its newest ones, kept in the database so that they outlive Redis and workers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, cast

from sqlalchemy import Table, delete, func, or_, select, update

from webapp.core.traces import problem_of, trace_of
from webapp.db.upsert import upsert
from webapp.jobs.models import Ended, JobHistory, JobRun

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

TABLE = cast(Table, JobRun.__table__)
# Of runs that went well the newest are kept of each job, of those that failed all for a while.
KEPT_RUNS: Final = 50
KEPT_FAILURES: Final = timedelta(days=30)
LARGEST_ANSWER: Final = 2**31 - 1
# A claim that lies further ahead was made while a clock was wrong, and must not keep the job from running until then.
CLOCK_WAS_WRONG: Final = timedelta(hours=2)


def record_start(session: Session, path: str, at: datetime) -> None:
    """Note that the job began."""
    _set(session, {"path": path, "last_started_at": at})


def record_end(session: Session, path: str, at: datetime, milliseconds: int, outcome: str) -> None:
    """Note that the job ended, after how long, and how."""
    row = {"path": path, "last_finished_at": at, "last_duration_ms": milliseconds, "last_outcome": outcome}
    _set(session, row)


def keep_success(
    session: Session, path: str, started: datetime, ended: datetime, milliseconds: int, answer: object
) -> None:
    """Keep a run that went well, with the number that it returned."""
    number = answer if isinstance(answer, int) and abs(answer) <= LARGEST_ANSWER else None
    times = {"started_at": started, "finished_at": ended, "duration_ms": milliseconds}
    session.add(JobHistory(path=path, ids=[], outcome=Ended.OK, answer=number, problem="", trace="", **times))


def keep_failure(
    session: Session, path: str, ids: Sequence[str], started: datetime, ended: datetime, error: BaseException
) -> None:
    """Keep a run that failed: what it was given, so that it can be tried again, and where it failed."""
    milliseconds = round((ended - started).total_seconds() * 1000)
    times = {"started_at": started, "finished_at": ended, "duration_ms": milliseconds}
    said = {"problem": problem_of(error), "trace": trace_of(error)}
    session.add(JobHistory(path=path, ids=list(ids), outcome=Ended.FAILED, **times, **said))


def forget_old(session: Session, now: datetime) -> int:
    """Delete all but the newest runs of each job that went well, and failed ones of long ago; return how many."""
    place = func.row_number().over(partition_by=JobHistory.path, order_by=JobHistory.started_at.desc())
    ranked = select(JobHistory.id, place.label("place")).where(JobHistory.outcome == Ended.OK).subquery()
    many = delete(JobHistory).where(JobHistory.id.in_(select(ranked.c.id).where(ranked.c.place > KEPT_RUNS)))
    old = delete(JobHistory).where(JobHistory.started_at < now - KEPT_FAILURES)
    gone = [session.execute(each.execution_options(synchronize_session=False)) for each in (many, old)]
    return sum(result.rowcount for result in gone)  # type: ignore[attr-defined]  # a DELETE has one


def claim(session: Session, path: str, due_at: datetime) -> bool:
    """Take the run that was due then; False when it, or one soon after it, has been taken before."""
    upsert(session, TABLE, [{"path": path}], keys=["path"], update=[])
    claimed = JobRun.claimed_due_at
    unclaimed = or_(claimed.is_(None), claimed < due_at, claimed > due_at + CLOCK_WAS_WRONG)
    statement = update(JobRun).where(JobRun.path == path, unclaimed).values(claimed_due_at=due_at)
    return session.execute(statement).rowcount == 1  # type: ignore[attr-defined]  # an UPDATE has one


def is_unclaimed(claimed: datetime | None, due_at: datetime) -> bool:
    """Tell whether a run was not taken before, by what was claimed last."""
    return claimed is None or claimed < due_at or claimed > due_at + CLOCK_WAS_WRONG


def last_claims(session: Session) -> dict[str, datetime]:
    """Return, by path, the due time of the last run that was claimed."""
    rows = session.execute(select(JobRun.path, JobRun.claimed_due_at).where(JobRun.claimed_due_at.is_not(None)))
    return {path: due_at for path, due_at in rows if due_at is not None}


def all_runs(session: Session) -> Sequence[JobRun]:
    """Return the last run of every job that ever ran."""
    return session.scalars(select(JobRun).order_by(JobRun.path)).all()


def _set(session: Session, row: dict[str, object]) -> None:
    upsert(session, TABLE, [row], keys=["path"], update=[name for name in row if name != "path"])
