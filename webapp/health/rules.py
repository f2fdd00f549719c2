"""The rules that alerts come from: what is looked at, from where on it is bad, and what to do then."""

from __future__ import annotations

from typing import Final

from webapp.health.types import Rule, Severity

DAY: Final = 24 * 3600.0
# Below so many requests in five minutes a share or a percentile of them says nothing.
BUSY_ENOUGH: Final = 20
OF_REQUESTS: Final = frozenset({"error_percent", "p95_ms"})

RULES: Final = (
    Rule(
        "disk",
        "The disk is nearly full",
        "disk_percent",
        above=True,
        threshold=90,
        hold_minutes=0,
        severity=Severity.CRITICAL,
        cure="Make room on the disk that holds the data folder, or move the folder to a larger one.",
    ),
    Rule(
        "error_rate",
        "Many requests fail",
        "error_percent",
        above=True,
        threshold=5,
        hold_minutes=1,
        severity=Severity.CRITICAL,
        cure="Look at the log for lines of the level “error”; the slowest and failing pages stand under Performance.",
    ),
    Rule(
        "latency",
        "Pages are slow",
        "p95_ms",
        above=True,
        threshold=1000,
        hold_minutes=5,
        severity=Severity.WARNING,
        cure="Performance names the slowest pages and statements.",
    ),
    Rule(
        "worker",
        "No worker is alive",
        "worker_silent_seconds",
        above=True,
        threshold=45,
        hold_minutes=0,
        severity=Severity.CRITICAL,
        cure="Start a worker: python -m webapp.jobs.worker. The supervisor does so by itself; its output says why not.",
    ),
    Rule(
        "scheduler",
        "No scheduler is alive",
        "scheduler_silent_seconds",
        above=True,
        threshold=45,
        hold_minutes=0,
        severity=Severity.CRITICAL,
        cure="Start a scheduler: python -m webapp.jobs.scheduler. What fell due meanwhile is done once.",
    ),
    Rule(
        "web",
        "No web process is alive",
        "web_silent_seconds",
        above=True,
        threshold=45,
        hold_minutes=0,
        severity=Severity.CRITICAL,
        cure="Start the web server: python -m webapp.jobs.web. The supervisor does so by itself, or says why not.",
    ),
    Rule(
        "redis",
        "Redis does not answer",
        "redis_up",
        above=False,
        threshold=1,
        hold_minutes=0,
        severity=Severity.CRITICAL,
        cure="Pages work without it, jobs wait. See whether it runs, and whether REDIS_URL is right.",
    ),
    Rule(
        "watch",
        "The alert job does not run",
        "watch_silent_seconds",
        above=True,
        threshold=90,
        hold_minutes=0,
        severity=Severity.WARNING,
        cure="A web process looks at the rules meanwhile. See to worker, scheduler and Redis.",
    ),
    Rule(
        "queue_age",
        "Jobs wait for long",
        "oldest_job_seconds",
        above=True,
        threshold=600,
        hold_minutes=1,
        severity=Severity.WARNING,
        cure="Look at what the workers do (/admin/jobs), or let more of them run: JOB_WORKERS.",
    ),
    Rule(
        "failed_jobs",
        "Jobs fail",
        "failing_jobs",
        above=True,
        threshold=0,
        hold_minutes=5,
        severity=Severity.WARNING,
        cure="`flask jobs list` and the log say which and why.",
    ),
    Rule(
        "backup",
        "The last backup is old",
        "backup_age_seconds",
        above=True,
        threshold=2 * DAY,
        hold_minutes=0,
        severity=Severity.WARNING,
        cure="Run `flask backup PATH --verify` daily, and keep the files elsewhere.",
    ),
    Rule(
        "migrations",
        "Migrations are not applied",
        "migrations_current",
        above=False,
        threshold=1,
        hold_minutes=5,
        severity=Severity.CRITICAL,
        cure="Run `flask db upgrade`, then start the web server, the workers and the scheduler anew.",
    ),
    Rule(
        "mails",
        "Mails fail",
        "failed_mails",
        above=True,
        threshold=20,
        hold_minutes=5,
        severity=Severity.INFO,
        cure="`flask mail list` says why; `flask mail retry ID` tries one again.",
    ),
)
BY_KEY: Final = {rule.key: rule for rule in RULES}
