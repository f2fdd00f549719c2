"""`flask run-all` and `flask jobs`."""

from __future__ import annotations

import os
import sys

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from webapp.jobs import runs
from webapp.jobs.on_demand import ON_DEMAND, load
from webapp.jobs.schedule import SCHEDULE
from webapp.jobs.wrapper import run, snapshot

jobs = AppGroup("jobs", help="Look at the scheduled jobs, and run one now.")


@click.command("run-all")
def run_all() -> None:
    """Run everything: Redis, web, workers and scheduler."""
    os.execv(sys.executable, [sys.executable, "-m", "webapp.jobs.supervisor"])  # noqa: S606 - our own interpreter


@jobs.command("list")
@with_appcontext
def list_jobs() -> None:
    """Show the schedule, and how each job went last."""
    with snapshot() as session:
        last = {row.path: row for row in runs.all_runs(session)}
    for entry in SCHEDULE:
        ran = last.get(entry.function)
        when = f"{ran.last_started_at:%Y-%m-%d %H:%M:%S}Z" if ran and ran.last_started_at else "never"
        click.echo(f"{entry.name:24} {entry.when.words():44} {when:22} {(ran and ran.last_outcome) or ''}")


@jobs.command("run")
@click.argument("name")
@click.argument("ids", nargs=-1)
@with_appcontext
def run_job(name: str, ids: tuple[str, ...]) -> None:
    """Run the job NAME here and now; NAME as `flask jobs list` shows it, or its dotted path."""
    load()
    paths = {entry.name: entry.function for entry in (*SCHEDULE, *ON_DEMAND)}
    path = paths.get(name.replace("-", " "), name)
    if path not in paths.values():
        raise click.BadParameter(f"There is no job “{name}”. See `flask jobs list`.")
    answer = run(current_app._get_current_object(), path, *ids)  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's own way
    click.echo("done" if answer is None else answer)
