"""The schedule as JSON, for admins."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import Field

from webapp.extensions import db
from webapp.jobs import queries, service
from webapp.jobs.models import Ended
from webapp.jobs.types import JobFilter, RunFilter
from webapp.web.access import ADMINS, Reach, access
from webapp.web.api import Answer, Instant, ListAnswer, api_blueprint, gives, takes
from webapp.web.identity import viewer

if TYPE_CHECKING:
    from webapp.core.paging import Listing
    from webapp.jobs.types import JobRow, RunRow

bp = api_blueprint("api_jobs", "Operations")


class JobAnswer(Answer):
    """A job of the schedule and how it went last; `next_due_at` is the earliest of all zones."""

    name: str
    schedule: str
    zone: str
    queue: str
    last_started_at: Instant | None
    last_finished_at: Instant | None
    last_duration_ms: int | None = Field(ge=0)
    last_outcome: str | None
    next_due_at: Instant | None


class JobRunAnswer(Answer):
    """A run that ended. `answer` is how many things it did; `trace` holds lines of code and nothing that was said."""

    id: UUID
    name: str
    outcome: Ended
    started_at: Instant
    duration_ms: int = Field(ge=0)
    answer: int | None
    problem: str
    trace: str
    retried_at: Instant | None


@bp.get("/jobs")
@access(ADMINS, Reach.ALL)
@gives(ListAnswer[JobAnswer])
@takes(query=JobFilter)
def list_jobs(query: JobFilter) -> Listing[JobRow]:
    """List the schedule, and how each job went last."""
    return queries.jobs(db.session(), query)


@bp.get("/jobs/runs")
@access(ADMINS, Reach.ALL)
@gives(ListAnswer[JobRunAnswer], refuses=(404,))
@takes(query=RunFilter)
def list_runs(query: RunFilter) -> Listing[RunRow]:
    """List the newest runs: the last 50 of each job that went well, and those that failed in 30 days."""
    return queries.history(db.session(), query)


@bp.post("/jobs/<job_name>/run")
@access(ADMINS, Reach.ALL)
@gives(JobAnswer, 202, refuses=(404, 409))
def run_job(job_name: str) -> JobRow:
    """Ask for a job of the schedule now; it runs when a worker is free. 409 while Redis is away."""
    service.run_now(db.session(), viewer(), job_name)
    return queries.job(db.session(), job_name)
