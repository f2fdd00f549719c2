"""The figures of the installation: what each is called and counted in, and how all are had at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select, text

from webapp.compliance.models import BackupRecord
from webapp.core import clock
from webapp.db.schema import is_current
from webapp.health import beats, probes
from webapp.health.alerts.evaluating import AHEAD
from webapp.health.models import AlertSettings, SystemSample
from webapp.health.queries import people, timings
from webapp.health.types import Unit
from webapp.jobs.models import JobRun
from webapp.jobs.on_demand import ON_DEMAND
from webapp.jobs.schedule import SCHEDULE
from webapp.mail.models import MailStatus
from webapp.mail.queries import counts as mail_counts

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

    from webapp.health.probes import Figures

SPEED_WINDOW: Final = timedelta(minutes=5)
SLOWLY_CHANGING_MINUTES: Final = 5
ASKED_LATELY: Final = timedelta(days=1)
PERCENT: Final = 100


@dataclass(frozen=True, slots=True)
class Figure:
    """What a figure is called and counted in."""

    key: str
    label: str
    unit: Unit


FIGURES: Final = {
    figure.key: figure
    for figure in (
        Figure("requests", "Requests in 5 minutes", Unit.COUNT),
        Figure("error_percent", "Error rate", Unit.PERCENT),
        Figure("p50_ms", "Half of all requests within", Unit.MILLISECONDS),
        Figure("p95_ms", "95 % of requests within", Unit.MILLISECONDS),
        Figure("p99_ms", "99 % of requests within", Unit.MILLISECONDS),
        Figure("cpu_percent", "Processors busy", Unit.PERCENT),
        Figure("memory_percent", "Memory in use", Unit.PERCENT),
        Figure("disk_percent", "Disk in use", Unit.PERCENT),
        Figure("disk_free_bytes", "Free on the disk", Unit.BYTES),
        Figure("storage_bytes", "Data folder", Unit.BYTES),
        Figure("database_bytes", "Database", Unit.BYTES),
        Figure("users_today", "Active today", Unit.COUNT),
        Figure("users_week", "Active this week", Unit.COUNT),
        Figure("redis_up", "Redis answers", Unit.YES_NO),
        Figure("queue_quick", "Quick jobs waiting", Unit.COUNT),
        Figure("queue_slow", "Slow jobs waiting", Unit.COUNT),
        Figure("oldest_job_seconds", "Oldest job waits", Unit.SECONDS),
        Figure("failed_jobs", "Failed jobs kept", Unit.COUNT),
        Figure("failing_jobs", "Jobs that failed last time", Unit.COUNT),
        Figure("failed_mails", "Mails that failed", Unit.COUNT),
        Figure("web_processes", "Web processes", Unit.COUNT),
        Figure("workers", "Workers", Unit.COUNT),
        Figure("schedulers", "Schedulers", Unit.COUNT),
        Figure("web_silent_seconds", "Web last heard of", Unit.SECONDS),
        Figure("worker_silent_seconds", "Worker last heard of", Unit.SECONDS),
        Figure("scheduler_silent_seconds", "Scheduler last heard of", Unit.SECONDS),
        Figure("watch_silent_seconds", "Alert job last ran", Unit.SECONDS),
        Figure("backup_age_seconds", "Last backup", Unit.SECONDS),
        Figure("migrations_current", "Migrations applied", Unit.YES_NO),
        Figure("uptime_seconds", "Up for", Unit.SECONDS),
    )
}
NUMBERS: Final = {beats.WEB: "web_processes", beats.WORKER: "workers", beats.SCHEDULER: "schedulers"}


def collect(session: Session, home: Path, now: datetime, *, thorough: bool = False) -> Figures:
    """Return every figure that can be had now.

    What changes slowly and costs more (the data folder, the database, people) is taken from the sample before for up
    to five minutes, unless `thorough`.
    """
    before = last_sample(session)
    again = thorough or now.minute % SLOWLY_CHANGING_MINUTES == 0 or "users_week" not in before
    slowly = _slowly(session, home, now) if again else {key: before.get(key) for key in _SLOWLY}
    return {
        **probes.machine(home, before),
        **probes.queues(now),
        **speed(session, now),
        **_lives(session, now),
        **_work(session, now),
        **slowly,
    }


def last_sample(session: Session) -> Figures:
    """Return the newest sample; nothing where there is none."""
    so_far = select(SystemSample.figures).where(SystemSample.minute <= clock.now() + AHEAD)
    return dict(session.scalar(so_far.order_by(SystemSample.minute.desc()).limit(1)) or {})


def speed(session: Session, now: datetime) -> Figures:
    """Return METRICS.md `error_rate`, in percent, and percentiles of the last five minutes and the running one."""
    whole = timings.together(session, timings.minute_of(now) - SPEED_WINDOW, now + timedelta(minutes=1))
    rate = whole.error_rate
    return {
        "requests": whole.requests,
        "error_percent": None if rate is None else rate * PERCENT,
        "p50_ms": whole.p50_ms,
        "p95_ms": whole.p95_ms,
        "p99_ms": whole.p99_ms,
    }


_SLOWLY: Final = ("storage_bytes", "database_bytes", "users_today", "users_week", "backup_age_seconds")


def _slowly(session: Session, home: Path, now: datetime) -> Figures:
    backup = session.scalar(select(func.max(BackupRecord.made_at, type_=BackupRecord.made_at.type)))
    return {
        "storage_bytes": probes.storage(home),
        "database_bytes": database_bytes(session),
        "users_today": people.active_today(session, now),
        "users_week": people.active_this_week(session, now),
        "backup_age_seconds": (now - backup).total_seconds() if backup else None,
    }


def database_bytes(session: Session) -> int:
    """Return how large the database is."""
    if session.get_bind().dialect.name == "postgresql":
        return int(session.scalar(text("SELECT pg_database_size(current_database())")) or 0)
    pages, size = session.scalar(text("PRAGMA page_count")), session.scalar(text("PRAGMA page_size"))
    return int(pages or 0) * int(size or 0)


def _lives(session: Session, now: datetime) -> Figures:
    """Return how each part is. None is silent since before the oldest living process began: then all was away."""
    known = beats.parts(session, now)
    begun = min((part.started_at for part in known.values() if part.started_at), default=None)

    def silent(last: datetime | None) -> float | None:
        since = max((moment for moment in (last, begun) if moment and moment <= now + AHEAD), default=None)
        return max(0.0, (now - since).total_seconds()) if since else None

    found: dict[str, Any] = {name: known[part].alive for part, name in NUMBERS.items()}
    found |= {f"{part}_silent_seconds": silent(known[part].last_at) for part in NUMBERS}
    found["watch_silent_seconds"] = silent(session.scalar(select(AlertSettings.job_checked_at)))
    up_since = known[beats.WEB].started_at
    found["uptime_seconds"] = (now - up_since).total_seconds() if up_since else None
    return found


def _work(session: Session, now: datetime) -> Figures:
    """Return what failed: of jobs that people ask for, within a day, since nobody may ask again."""
    scheduled = JobRun.path.in_([row.function for row in SCHEDULE])
    lately = JobRun.path.in_([row.function for row in ON_DEMAND]) & (JobRun.last_finished_at > now - ASKED_LATELY)
    failing = select(func.count()).select_from(JobRun).where(JobRun.last_outcome.like("failed%"), scheduled | lately)
    return {
        "failing_jobs": session.scalar(failing) or 0,
        "failed_mails": mail_counts(session).get(MailStatus.FAILED, 0),
        "migrations_current": int(is_current(session.connection())),
    }
