"""`flask events`: what retention would take, taking it, and partitions made ahead."""

from __future__ import annotations

import click
from flask.cli import AppGroup
from sqlalchemy import select

from webapp.activity.jobs import in_batches
from webapp.events import forwarding, jobs, service
from webapp.events.models import EventSink, SinkKind
from webapp.extensions import db
from webapp.jobs.wrapper import short_transaction
from webapp.schools.queries import school_by_slug

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


@events.command("forward")
@click.option("--school", "slug", required=True, help="Whose events.")
@click.option("--to", "kind", type=click.Choice([kind.value for kind in SinkKind]), required=True)
@click.option("--address", default="", help="Of the webhook.")
def forward(slug: str, kind: str, address: str) -> None:
    """Begin to forward a school's events; prints the secret with which they are signed."""
    school = school_by_slug(db.session(), slug)
    if school is None:
        raise click.ClickException("There is no such school.")
    school_id = school.id
    db.session.rollback()
    try:
        with short_transaction() as session:
            click.echo(forwarding.add_sink(session, school_id, SinkKind(kind), address).secret)
    except ValueError as error:
        raise click.ClickException(str(error)) from error


@events.command("sinks")
@click.option("--remove", default="", metavar="ID", help="Stop forwarding there, and forget what waits.")
def sinks(remove: str) -> None:
    """List where events are forwarded to."""
    with short_transaction() as session:
        for sink in session.scalars(select(EventSink).order_by(EventSink.created_at)).all():
            gone = str(sink.id) == remove
            if gone:
                forwarding.remove_sink(session, sink)
            click.echo(f"{sink.id} {sink.kind.value} {sink.target}{' removed' if gone else ''}")


@events.command("months")
def months() -> None:
    """Make the partitions of the months to come (PostgreSQL)."""
    with short_transaction() as session:
        click.echo(f"{service.make_months(session, jobs.kept())} months made.")
