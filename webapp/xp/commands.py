"""`flask xp`: adding standings up again, comparing them with the ledger, and judging the ledger by new rules."""

from __future__ import annotations

import sys
from collections import defaultdict
from typing import TYPE_CHECKING
from uuid import UUID

import click
from flask.cli import AppGroup
from sqlalchemy import select

from webapp.jobs.wrapper import short_transaction, snapshot
from webapp.schools.models import School
from webapp.schools.queries import school_by_slug
from webapp.xp import replay, standings, verify
from webapp.xp.models import XpReason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session


_SHOWN = 20

xp = AppGroup("xp", help="Add standings up again, compare them with the ledger, or judge it by the present rules.")
_one_school = click.option("--school", "slug", default=None, help="The short name of one school; all unless given.")


@xp.command("rebuild")
@_one_school
def rebuild(slug: str | None) -> None:
    """Add the standings up anew from the ledger; safe at any time."""
    for school_id, name in _schools(slug):
        with short_transaction() as session:
            people = standings.rebuild_school(session, school_id)
        click.echo(f"{name}: {people} people.")


@xp.command("verify")
def check() -> None:
    """Compare the standings of every school with the ledger; end with status 1 when anything differs."""
    found = 0
    with snapshot() as session:
        schools = verify.prepared_schools(session)
        for school_id, calendar in schools:
            for wrong in verify.differences(session, school_id, calendar):
                found += 1
                if found <= _SHOWN:
                    click.echo(f"{wrong.timeframe} {wrong.who}: {wrong.stored}, should be {wrong.computed}")
    click.echo(f"Compared {len(schools)} schools: {found} differences.")
    sys.exit(1 if found else 0)


@xp.command("replay")
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@click.option("--all", "everyone", is_flag=True, help="Show every person, not the first twenty.")
@_one_school
def replay_rules(slug: str | None, dry_run: bool, everyone: bool) -> None:
    """Bring what was given to what the rules of now would have given, by correcting lines in the ledger."""
    shown, sums = sys.maxsize if everyone else _SHOWN, defaultdict[tuple[str, XpReason], list[int]](lambda: [0, 0, 0])
    for school_id, name in _schools(slug):
        for person, reason, given, due in _changes(school_id, dry_run=dry_run):
            total = sums[name, reason]
            total[0], total[1], total[2] = total[0] + 1, total[1] + given, total[2] + due
            if shown > 0:
                click.echo(f"{name} {person} {reason}: {given} given, {due} due, {due - given:+}")
                shown -= 1
    for (name, reason), (people, given, due) in sorted(sums.items()):
        click.echo(f"{name}, {reason}: {people} people, {given} given, {due} due, {due - given:+}")
    click.echo("Nothing differs." if not sums else "Nothing was changed." if dry_run else "Corrected.")


def _changes(school_id: UUID, *, dry_run: bool) -> Iterator[tuple[UUID, XpReason, int, int]]:
    """Yield what differs, some hundred people in a transaction of their own."""
    after = UUID(int=0)
    while True:
        with short_transaction() as session:
            people = replay.next_people(session, school_id, after)
            if not people:
                return
            replay.lock(session, people)
            outcome = replay.replay(session, school_id, people)
            if not dry_run:
                replay.apply(session, outcome)
            found = outcome.changed
        yield from found
        after = people[-1]


def _schools(slug: str | None) -> list[tuple[UUID, str]]:
    with snapshot() as session:
        return _named(session, slug) if slug else _all(session)


def _named(session: Session, slug: str) -> list[tuple[UUID, str]]:
    school = school_by_slug(session, slug)
    if school is None:
        raise click.ClickException(f"There is no school with the short name “{slug}”.")
    return [(school.id, school.slug)]


def _all(session: Session) -> list[tuple[UUID, str]]:
    return [(row.id, row.slug) for row in session.execute(select(School.id, School.slug).order_by(School.slug))]
