"""`flask import`: bringing in what other systems know."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from flask.cli import AppGroup

from webapp.db.bulk import spare_memory
from webapp.imports.oulad import service as oulad_service
from webapp.imports.rosters.commands import oneroster
from webapp.jobs.wrapper import short_transaction, snapshot
from webapp.schools.types import SchoolInput
from webapp.web.commands import refusals_in_words
from webapp.web.forms import parse_strings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

imports = AppGroup("import", help="Bring in what other systems know.")
imports.add_command(oneroster)


@imports.command("oulad")
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--school", default="oulad", show_default=True, help="The short name of the school that they go to.")
@click.option("--name", default="Open University (OULAD)", show_default=True, help="What a new school is called.")
@click.option("--zone", default="Europe/London", show_default=True, help="The time zone of a new school.")
def oulad(folder: Path, school: str, name: str, zone: str) -> None:
    """Bring in the Open University Learning Analytics Dataset.

    It can be stopped at any moment and run again: what stands already stays as it is.
    """
    began = time.monotonic()
    with refusals_in_words():
        given = parse_strings(SchoolInput, {"name": name, "slug": school, "time_zone": zone})
        dataset = oulad_service.open_dataset(folder)
        with _transaction() as session:
            school_id = oulad_service.prepare_school(session, given)
        with snapshot() as session:
            waiting = oulad_service.waiting(session, school_id, dataset)
        brought = oulad_service.bring_in(_transaction, school_id, dataset, waiting.parts)
        _with_bar("Presentations", len(waiting.parts), (1 for _ in brought))
    with snapshot() as session:
        people = oulad_service.people_to_settle(session, school_id)
    _with_bar("Figures of students", people, oulad_service.settle(_transaction, school_id))
    _with_bar("Figures of the school", people, oulad_service.add_up(_transaction))
    oulad_service.rank(_transaction, school_id)
    with snapshot() as session:
        totals = oulad_service.totals(session, school_id)
    click.echo(
        f"{totals.students:,} students, {totals.classes} classes, {totals.attempts:,} attempts"
        f" ({totals.attempts - totals.scored:,} without a score), mean score {totals.mean_score or 0:.2f}."
    )
    there = waiting.total - len(waiting.parts)
    click.echo(f"{len(waiting.parts)} presentations came in, {there} were there; {time.monotonic() - began:.1f} s.")


@contextmanager
def _transaction() -> Iterator[Session]:
    with short_transaction() as session:
        spare_memory(session)
        yield session


def _with_bar(label: str, length: int, steps: Iterator[int]) -> None:
    """Take the steps, and show on stderr how far this is."""
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
        for step in steps:
            bar.update(step)
