"""`flask rollups`: computing the daily rows again, and comparing them with the raw rows."""

from __future__ import annotations

import random
import sys
from typing import TYPE_CHECKING

import click
from flask.cli import AppGroup

from webapp.core import clock
from webapp.jobs.wrapper import short_transaction, snapshot
from webapp.rollups import service
from webapp.rollups.verify import differences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from webapp.rollups.hooks import Difference

_SHOWN = 20
_PEOPLE_AT_ONCE = 50

rollups = AppGroup("rollups", help="Compute daily figures again, or compare them with the raw rows.")


@rollups.command("rebuild")
def rebuild() -> None:
    """Compute everybody's daily figures from nothing; safe at any time."""
    people = days = 0
    for people, days in service.rebuild_all(short_transaction):
        if people % 1000 < service.PEOPLE_AT_ONCE:
            click.echo(f"{people} people, {days} days", err=True)
    click.echo(f"Rebuilt {days} days of {people} people.")


@rollups.command("drain")
def drain() -> None:
    """Compute the days that writes have marked, as the scheduled job does."""
    click.echo(f"Computed {service.drain_all(short_transaction)} marked days.")


@rollups.command("verify")
@click.option(
    "--sample", type=click.IntRange(min=1), default=None, help="So many people drawn by lot; all unless given."
)
def verify(sample: int | None) -> None:
    """Compare stored figures with the raw rows; end with status 1 when anything differs."""
    people, found = 0, 0
    with snapshot() as session:
        for keys in _batches(session, sample):
            people += len(keys)
            for difference in differences(session, keys, clock.now()):
                found += 1
                if found <= _SHOWN:
                    click.echo(_words(difference))
    click.echo(f"Compared {people} people: {found} differences.")
    sys.exit(1 if found else 0)


def _batches(session: Session, sample: int | None) -> Iterator[list[str]]:
    if sample is None:
        last = service.FIRST
        while True:
            keys, last = service.next_people(session, last, _PEOPLE_AT_ONCE)
            if not keys:
                return
            yield keys
    everyone = service.next_people(session, service.FIRST, sys.maxsize)[0]
    drawn = random.sample(everyone, min(sample, len(everyone)))
    for start in range(0, len(drawn), _PEOPLE_AT_ONCE):
        yield drawn[start : start + _PEOPLE_AT_ONCE]


def _words(difference: Difference) -> str:
    where = f"{difference.user_id} {difference.local_date} {difference.category or 'whole day'}"
    return f"{where}: {difference.field} is {difference.stored}, should be {difference.computed}"
