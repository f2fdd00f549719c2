"""`flask activity`: what retention would take, and taking it."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from webapp.activity import jobs, service
from webapp.extensions import db

activity = AppGroup("activity", help="What people did: how much there is that is too old, and letting it go.")


@activity.command("retention")
@click.option("--dry-run", is_flag=True, help="Say what would go, and keep it.")
def retention(*, dry_run: bool) -> None:
    """Delete activities that have had their time, and shorten addresses after a week."""
    old = service.count_old(db.session(), jobs.kept())
    db.session.rollback()
    if dry_run:
        click.echo(f"{old:,} activities are older than {jobs.kept().days} days.")
        return
    gone = jobs.in_batches(lambda session: service.drop_old(session, jobs.kept()))
    click.echo(f"{gone:,} activities deleted, {jobs.in_batches(service.shorten_addresses):,} addresses shortened.")
