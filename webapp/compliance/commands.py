"""`flask backup`, `flask restore` and `flask compliance`: backups, retention and erasures from the command line."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext
from flask_migrate import upgrade

from webapp.compliance.backup import service as backups
from webapp.compliance.backup.archive import BrokenBackupError
from webapp.compliance.classification import unclassified
from webapp.compliance.jobs import place
from webapp.compliance.rules import BY_KEY
from webapp.compliance.service import erasure, retention, tombstones
from webapp.core.errors import DomainError
from webapp.db.base import Base
from webapp.extensions import db
from webapp.jobs.wrapper import short_transaction

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

compliance = AppGroup("compliance", help="Retention, tombstones and the classification of columns.")
PATH = click.Path(path_type=Path)


@click.command("backup")
@click.argument("path", type=PATH)
@click.option("--verify", is_flag=True, help="Read it back and note that it is sound; makes none where PATH is one.")
@with_appcontext
def backup(path: Path, *, verify: bool) -> None:
    """Write a backup of database and files to PATH, a new file or a folder, while people go on working."""
    here = this_installation()
    try:
        if not (verify and path.is_file()):
            made = backups.make(here, path)
            path = made.path
            click.echo(f"{made.path}: {made.rows} rows, {made.size} bytes.")
        if verify:
            manifest = backups.verify(here, path)
            click.echo(f"{path} is sound: {manifest.row_count} rows of {manifest.made_at}.")
    except (BrokenBackupError, DomainError, OSError) as error:
        raise click.ClickException(str(error)) from error


@click.command("restore")
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--replace", is_flag=True, help="Put it in the place of what is there, without asking.")
@click.option("--tombstones", "stones", type=PATH, default=None, help="A further file of who was erased since.")
@with_appcontext
def restore(path: Path, *, replace: bool, stones: Path | None) -> None:
    """Put the backup at PATH in the place of an empty database, or of the present one after asking.

    Who was erased since it was made is erased again. Stop Milepost first, so that nobody writes meanwhile.
    """
    here, began = this_installation(), time.monotonic()
    if not backups.is_empty(here.engine) and not replace:
        typed = click.prompt("People are in this database, and all of it will go. Type REPLACE to go on")
        if typed != "REPLACE":
            raise click.ClickException("Nothing was changed.")
    try:
        known = backups.restore(here, path, tombstones.read_file(stones) if stones else {})
    except (BrokenBackupError, OSError) as error:
        raise click.ClickException(str(error)) from error
    erased = erase_again(known)
    click.echo(f"Restored in {time.monotonic() - began:.1f} s; erased again: {erased}.")


def erase_again(stones: Mapping[bytes, datetime]) -> int:
    """Erase everybody under a tombstone who is in the database; return how many there were."""
    with short_transaction() as session:
        tombstones.put_back(session, stones)
        every = tombstones.all_stones(session)
        back = tombstones.people_under(session, every)
    for user_id in back:
        erasure.erase_again(place(), user_id)
    return len(back)


@compliance.command("columns")
def columns() -> None:
    """List the columns that are not classified; end with status 1 where there are any."""
    missing = unclassified(Base.metadata)
    for name in missing:
        click.echo(name)
    if missing:
        raise click.exceptions.Exit(1)
    click.echo("Every column is classified.")


@compliance.command("retention")
@click.option("--dry-run", is_flag=True, help="Count what would go, and delete nothing.")
def apply_retention(*, dry_run: bool) -> None:
    """Delete what has had its time, school by school, and say how many rows of each kind went."""
    for key, count in retention.apply(short_transaction, dry=dry_run).items():
        click.echo(f"{BY_KEY[key].label}: {count}{' would go' if dry_run else ' deleted'}")


@compliance.command("erase-again")
def apply_tombstones() -> None:
    """Erase everybody who was erased before and is in the database all the same."""
    home: Path = current_app.extensions["milepost_settings"].home
    click.echo(f"Erased again: {erase_again(tombstones.read_file(home / tombstones.FILE))}.")


def this_installation() -> backups.Installation:
    """Return what backups need of the application that runs; within its context."""
    home: Path = current_app.extensions["milepost_settings"].home
    return backups.Installation(home, db.engine, lambda revision: upgrade(revision=revision or "head"))
