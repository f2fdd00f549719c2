"""`flask schools`: schools from the command line."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from webapp.extensions import db
from webapp.schools import service
from webapp.schools.types import SchoolInput
from webapp.web.commands import one_transaction
from webapp.web.forms import parse_strings

schools = AppGroup("schools", help="Make schools.")


@schools.command("create")
@click.option("--name", required=True, help="What people call it.")
@click.option("--slug", required=True, help="Its short name: small letters, digits, dashes.")
@click.option("--zone", required=True, help="Its IANA time zone, such as Europe/London.")
@click.option("--week-start", default="0", help="Its first weekday; 0 is Monday.")
def create(name: str, slug: str, zone: str, week_start: str) -> None:
    """Add a school and print its id."""
    with one_transaction():
        sent = {"name": name, "slug": slug, "time_zone": zone, "week_start": week_start}
        made = service.create_school(db.session(), parse_strings(SchoolInput, sent))
    click.echo(str(made.id))
