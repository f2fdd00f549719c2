"""`flask audit`: checking the audit log from the command line."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from webapp.audit import queries
from webapp.audit.types import Break
from webapp.db.engine import reading_only
from webapp.extensions import db

audit = AppGroup("audit", help="Check the audit log.")


@audit.command("verify")
def verify() -> None:
    """Walk every chain of entries; end with status 1 where one does not hold."""
    with reading_only():
        found = list(queries.verify(db.session()))
        db.session.rollback()
    broken = [outcome for outcome in found if isinstance(outcome, Break)]
    for outcome in broken:
        click.echo(f"Chain {outcome.chain_id} breaks at entry {outcome.place}: {outcome.reason}.", err=True)
    if broken:
        raise click.exceptions.Exit(1)
    entries = sum(outcome for outcome in found if isinstance(outcome, int))
    click.echo(f"{entries} entries in {len(found)} chains, each as it was written.")
