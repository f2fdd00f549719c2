"""Figures of the installation, and how long its pages take."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from webapp.core import clock
from webapp.core.timings import REQUEST
from webapp.extensions import db
from webapp.health.api.blueprint import bp
from webapp.health.queries import timings
from webapp.health.routes.kept import overview_kept
from webapp.health.types import WINDOWS, PerformanceFilter
from webapp.web.access import ADMINS, MANAGERS, Reach, access
from webapp.web.api import Answer, Count, Fraction, Instant, gives, takes

PERCENT = 100


class TableSizeAnswer(Answer):
    """A table: its rows as counted, or on PostgreSQL as estimated, at a moment; `bytes` null on SQLite."""

    name: str
    rows: Count
    bytes: Count | None
    counted_at: Instant


class DatabaseAnswer(Answer):
    """The database."""

    bytes: Count | None
    migrations_applied: bool
    tables: list[TableSizeAnswer]


class LatencyAnswer(Answer):
    """Percentiles of the last five minutes in milliseconds, at most 3.2 % of themselves off; null without requests."""

    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None


class QueuesAnswer(Answer):
    """What waits; everything null while Redis does not answer."""

    quick: Count | None
    slow: Count | None
    oldest_job_seconds: float | None
    failed_jobs: Count | None


class PartsAnswer(Answer):
    """How many processes of each part are alive, and for how long each part has been silent."""

    web: Count
    workers: Count
    schedulers: Count
    worker_silent_seconds: float | None
    scheduler_silent_seconds: float | None
    redis_answers: bool


class MachineAnswer(Answer):
    """The machine that answered: shares in use in percent."""

    cpu_percent: float
    memory_percent: float
    disk_percent: float
    disk_free_bytes: Count


class SystemHealthAnswer(Answer):
    """How the installation is, at most five minutes ago."""

    as_of: Instant
    database: DatabaseAnswer
    active_users_today: Count
    active_users_week: Count
    requests: Count
    error_rate: Fraction | None
    latency: LatencyAnswer
    storage_bytes: Count
    queues: QueuesAnswer
    failed_jobs: Count | None
    failing_jobs: Count
    parts: PartsAnswer
    machine: MachineAnswer
    uptime_seconds: float | None
    backup_age_seconds: float | None


class EndpointTimingAnswer(Answer):
    """How often an endpoint was asked in the window, how long it took, and how many statements it needed on average."""

    endpoint: str
    requests: Count
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    error_rate: Fraction | None
    queries: float
    most_queries: Count


class PerformanceAnswer(Answer):
    """The endpoints of a window, the slowest p95 first; percentiles are at most 3.2 % of themselves off."""

    window: str
    as_of: Instant
    items: list[EndpointTimingAnswer]


@bp.get("/analytics/system-health/")
@access(MANAGERS, Reach.ALL)
@gives(SystemHealthAnswer)
def system_health() -> dict[str, Any]:
    """Show how the installation is; figures are kept for five minutes, `as_of` says from when they are."""
    found = overview_kept()
    told: dict[str, Any] = found["figures"]
    rate = told["error_percent"]
    return {
        "as_of": found["as_of"],
        "database": {
            "bytes": told["database_bytes"],
            "migrations_applied": bool(told["migrations_current"]),
            "tables": found["tables"],
        },
        "active_users_today": told["users_today"],
        "active_users_week": told["users_week"],
        "requests": told["requests"],
        "error_rate": None if rate is None else round(rate / PERCENT, 4),
        "latency": {name: told[name] for name in ("p50_ms", "p95_ms", "p99_ms")},
        "storage_bytes": told["storage_bytes"],
        "queues": {
            "quick": told["queue_quick"],
            "slow": told["queue_slow"],
            "oldest_job_seconds": told["oldest_job_seconds"],
            "failed_jobs": told["failed_jobs"],
        },
        "failed_jobs": told["failed_jobs"],
        "failing_jobs": told["failing_jobs"],
        "parts": {
            "web": told["web_processes"],
            "workers": told["workers"],
            "schedulers": told["schedulers"],
            "worker_silent_seconds": told["worker_silent_seconds"],
            "scheduler_silent_seconds": told["scheduler_silent_seconds"],
            "redis_answers": bool(told["redis_up"]),
        },
        "machine": {name: told[name] for name in ("cpu_percent", "memory_percent", "disk_percent", "disk_free_bytes")},
        "uptime_seconds": told["uptime_seconds"],
        "backup_age_seconds": told["backup_age_seconds"],
    }


@bp.get("/analytics/performance")
@access(ADMINS, Reach.ALL)
@gives(PerformanceAnswer)
@takes(query=PerformanceFilter)
def performance(query: PerformanceFilter) -> dict[str, Any]:
    """Show how long each endpoint took in a window."""
    now = clock.now()
    since = timings.minute_of(now) - WINDOWS[query.window]
    found = timings.by_name(db.session(), REQUEST, since, now + timedelta(minutes=1))
    items = [
        {
            "endpoint": one.name,
            "requests": one.requests,
            "p50_ms": one.p50_ms,
            "p95_ms": one.p95_ms,
            "p99_ms": one.p99_ms,
            "error_rate": None if one.error_rate is None else round(one.error_rate, 4),
            "queries": round(one.queries, 2),
            "most_queries": one.most_queries,
        }
        for one in found
    ]
    return {"window": query.window, "as_of": now, "items": items}
