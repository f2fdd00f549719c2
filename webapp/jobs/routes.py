"""The job pages: the schedule, the newest runs, what waits, and asking for a job by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, url_for
from werkzeug.routing import BaseConverter

from webapp.extensions import db
from webapp.jobs import queries, service
from webapp.jobs.models import Ended
from webapp.jobs.types import JobFilter, RunFilter, RunNow, Which
from webapp.web.access import ADMINS, Reach, access
from webapp.web.addresses import address_of
from webapp.web.forms import parse_form, parse_query
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Response

    from webapp.core.inputs import PageInput


class NameConverter(BaseConverter):
    """Reads a job's name; an address with anything else in it is none of ours, whoever asks."""

    regex = r"[a-z]+(?:-[a-z]+)*"


bp = Blueprint("jobs", __name__)
bp.record_once(lambda state: state.app.url_map.converters.update(job=NameConverter))

ALL_AT_ONCE = 100
KINDS = (("All", None), ("Failed last time", Which.FAILED), ("Never ran", Which.NEVER))
OUTCOMES = (("All", None), ("Failed", Ended.FAILED), ("Went well", Ended.OK))


@bp.get("/admin/jobs")
@access(ADMINS, Reach.ALL)
def index() -> Response:
    """Show the schedule, how each job went last, and what waits; the page refreshes itself."""
    asked = parse_query(JobFilter)
    limit = asked.limit if "limit" in asked.model_fields_set else ALL_AT_ONCE
    asked = asked.model_copy(update={"limit": limit})
    return render(
        "jobs/index.html",
        "jobs/_schedule.html",
        asked=asked,
        here=_here("jobs.index", asked),
        listing=queries.jobs(db.session(), asked),
        queues=queries.queues(),
        failures=queries.failures(db.session()),
        tabs=_tabs("jobs.index", asked, "which", KINDS),
        page_url=lambda offset: _here("jobs.index", asked, offset=offset),
    )


@bp.get("/admin/jobs/runs")
@access(ADMINS, Reach.ALL)
def runs() -> Response:
    """Show the newest runs of one job or of all; failed ones with the lines of code where they failed."""
    asked = parse_query(RunFilter)
    listing = queries.history(db.session(), asked)
    name = asked.job if queries.is_scheduled(asked.job) else None
    return render(
        "jobs/runs.html",
        "jobs/_runs.html",
        asked=asked,
        here=_here("jobs.runs", asked),
        listing=listing,
        job=queries.job(db.session(), name) if name else None,
        zones=queries.due_by_zone(db.session(), name) if name else [],
        tabs=_tabs("jobs.runs", asked, "outcome", OUTCOMES),
        page_url=lambda offset: _here("jobs.runs", asked, offset=offset),
    )


@bp.post("/admin/jobs/<job:job_name>/run")
@access(ADMINS, Reach.ALL)
def run_job(job_name: str) -> Response:
    """Ask for a job of the schedule now."""
    parse_form(RunNow)
    service.run_now(db.session(), viewer(), job_name)
    return done(url_for("jobs.index"), toast="It runs as soon as a worker is free.", events=["jobs-changed"])


@bp.post("/admin/jobs/runs/<uuid:run_id>/retry")
@access(ADMINS, Reach.ALL)
def retry_run(run_id: UUID) -> Response:
    """Ask again for a run that failed."""
    parse_form(RunNow)
    name = service.retry(db.session(), viewer(), run_id)
    where = url_for("jobs.runs", job=name)
    return done(where, toast="It is tried again as soon as a worker is free.", events=["jobs-changed"])


def _here(endpoint: str, asked: PageInput, **changes: Any) -> str:
    given = {**asked.model_dump(mode="json", exclude_defaults=True), **changes}
    if given.get("limit") == ALL_AT_ONCE:
        del given["limit"]
    return address_of(endpoint, {name: value for name, value in given.items() if value not in {None, ""}})


def _tabs(endpoint: str, asked: PageInput, name: str, choices: Any) -> list[tuple[str, str, bool]]:
    current = getattr(asked, name)
    return [
        (text, _here(endpoint, asked, **{name: value and value.value, "offset": None}), value is current)
        for text, value in choices
    ]
