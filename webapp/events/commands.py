"""`flask events`: what retention would take, taking it, and partitions made ahead."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from webapp.activity.jobs import in_batches
from webapp.events import jobs, service
from webapp.jobs.wrapper import short_transaction

events = AppGroup("events", help="Events that programs send.")


@events.command("retention")
@click.option("--dry-run", is_flag=True, help="Say what would go, and keep it.")
def retention(*, dry_run: bool) -> None:
    """Let events go that have had their time, and those of people who were deleted. No count changes."""
    if dry_run:
        click.echo(f"{jobs.count_old():,} events are older than {jobs.kept().days} days.")
        return
    gone = in_batches(lambda session: service.drop_old(session, jobs.kept()))
    click.echo(f"{gone:,} rows deleted, {in_batches(service.forget_gone):,} of people and schools that are gone.")


@events.command("months")
def months() -> None:
    """Make the partitions of the months to come (PostgreSQL)."""
    with short_transaction() as session:
        click.echo(f"{service.make_months(session, jobs.kept())} months made.")
