"""`flask demo`: loading demo data and taking it away again."""

from __future__ import annotations

import time

import click
from flask import current_app
from flask.cli import AppGroup

from webapp.core import clock
from webapp.core.errors import ConflictError
from webapp.demo import service, world
from webapp.extensions import db
from webapp.jobs.wrapper import short_transaction
from webapp.web.commands import one_transaction

demo = AppGroup("demo", help="Load made-up schools to look around in, or take them away.")
SHOWN_EVERY = 5_000


@demo.command("load")
@click.option("--size", type=click.Choice(list(world.SIZES)), default="small", show_default=True)
@click.option("--seed", type=int, default=service.DEFAULT_SEED, show_default=True, help="Another seed, other people.")
def load(size: str, seed: int) -> None:
    """Load demo schools with half a year of everybody's plans."""
    began, students = time.monotonic(), 0
    try:
        for students in service.load_demo(short_transaction, size, clock.now(), seed):
            if students % SHOWN_EVERY == 0:
                click.echo(f"{students} students", err=True)
    except ConflictError as error:
        raise click.ClickException(error.detail) from error
    click.echo(f"Loaded {students} demo students in {time.monotonic() - began:.1f} s. Sign in with:")
    for local_part, *_ in world.SIGN_INS.values():
        click.echo(f"  {local_part}@{world.DOMAIN}  {world.PASSWORD}")
    if not current_app.config["DEMO_MODE"]:
        click.echo("Demo mode is off here (DEMO=0), so these sign-ins are refused.", err=True)


@demo.command("remove")
def remove() -> None:
    """Take away all demo schools and demo people with everything of theirs."""
    with one_transaction():
        removed = service.remove_demo(db.session())
    click.echo(f"Removed {removed.people} demo people and {removed.schools} demo schools.")
    if removed.kept_schools:
        click.echo(f"Kept {removed.kept_schools} demo schools to which other people belong by now.")
