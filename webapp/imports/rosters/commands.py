"""`flask import oneroster`: a roster from the command line, in the foreground."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from sqlalchemy import delete, select

from webapp.core.errors import InvalidInputError
from webapp.imports.rosters import running, service
from webapp.imports.rosters.models import RosterFormat, RosterImport, RosterRow, RosterStatus, Verdict
from webapp.imports.rosters.types import Losses, RosterUpload
from webapp.jobs.wrapper import short_transaction
from webapp.schools.models import School
from webapp.web.commands import refusals_in_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from sqlalchemy.orm import Session

MOST_SHOWN = 20
TOO_MUCH = (
    "{people:,} of {people_standing:,} people and {members:,} of {members_standing:,} enrolments would go. "
    "Nothing was changed. Add --confirm-removals if that is right."
)


@click.command("oneroster")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--school", default=None, metavar="SLUG", help="Whose roster it is; may be left out where there is one.")
@click.option("--source", default="", help="What the source is called; what the file says unless given.")
@click.option("--org", default="", metavar="SOURCEDID", help="Which school of the file, where it holds several.")
@click.option("--overwrite", is_flag=True, help="Let the file win over edits made here.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--confirm-removals", is_flag=True, help="Go on where more than a tenth would be removed.")
def oneroster(  # noqa: PLR0913, PLR0917 - one for each option
    path: Path, school: str | None, source: str, org: str, overwrite: bool, dry_run: bool, confirm_removals: bool
) -> None:
    """Bring in a OneRoster 1.1 or 1.2 zip: people, classes and enrolments, all of it or nothing."""
    site = running.Site(path.absolute().parent, short_transaction)
    form = RosterUpload(source=source, org=org, overwrite=overwrite)
    with refusals_in_words():
        with short_transaction() as session:
            given = (path.name, path.name, RosterFormat.ONEROSTER)
            import_id = service.take_in(session, None, form, _school_id(session, school), given).id
        try:
            _bring_in(site, import_id, dry_run=dry_run, confirmed=confirm_removals)
        finally:
            _leave_no_trace(import_id)


def _bring_in(site: running.Site, import_id: UUID, *, dry_run: bool, confirmed: bool) -> None:
    running.work(site, import_id)
    found = _fetched(import_id, RosterStatus.READY)
    _tell(found)
    if dry_run:
        click.echo("Nothing was changed: this was a dry run.")
        return
    losses = Losses.of(found.counts)
    if losses.are_alarming and not confirmed:
        shown = {name: getattr(losses, name) for name in ("people", "people_standing", "members", "members_standing")}
        raise click.ClickException(TOO_MUCH.format(**shown))
    with short_transaction() as session:
        service.agree(session, session.get_one(RosterImport, import_id))
    running.work(site, import_id)
    _fetched(import_id, RosterStatus.APPLIED)
    click.echo("Applied.")


def _fetched(import_id: UUID, wanted: RosterStatus) -> RosterImport:
    with short_transaction() as session:
        found = session.get_one(RosterImport, import_id)
        session.expunge(found)
    if found.status is not wanted:
        raise click.ClickException(found.problem or running.UNEXPECTED)
    return found


def _tell(found: RosterImport) -> None:
    verdicts = found.counts["verdicts"]
    for kind, counts in sorted(verdicts.items()):
        said = ", ".join(f"{counts[one.value]:,} {one.value}" for one in Verdict if counts.get(one.value))
        click.echo(f"{kind:<8} {said}")
    for note in found.found.get("notes", []):
        click.echo(note, err=True)
    for line in _refusals(found):
        click.echo(line, err=True)


def _refusals(found: RosterImport) -> Iterator[str]:
    refused = (RosterRow.import_id == found.id, RosterRow.verdict == Verdict.REFUSED.value)
    with short_transaction() as session:
        rows = session.scalars(select(RosterRow).where(*refused).order_by(RosterRow.place).limit(MOST_SHOWN)).all()
        for row in rows:
            column = f", {row.field}" if row.field else ""
            yield f"{row.file}, line {row.line}{column}: {row.reason}"
    total = sum(counts.get(Verdict.REFUSED.value, 0) for counts in found.counts["verdicts"].values())
    if total > MOST_SHOWN:
        yield f"and {total - MOST_SHOWN:,} more refused rows"


def _leave_no_trace(import_id: UUID) -> None:
    """Forget an import that changed nothing: nobody is there to go on with it."""
    unused = (RosterImport.id == import_id, RosterImport.applied_at.is_(None))
    with short_transaction() as session:
        session.execute(delete(RosterImport).where(*unused))


def _school_id(session: Session, slug: str | None) -> UUID:
    wanted = select(School.id, School.slug).where(School.archived_at.is_(None)).order_by(School.slug)
    found = session.execute(wanted.where(School.slug == slug) if slug else wanted.limit(2)).all()
    if len(found) == 1:
        found_id: UUID = found[0].id
        return found_id
    if slug:
        raise InvalidInputError.of("school", f"No school has the short name {slug}.")
    raise InvalidInputError.of("school", "Say whose roster it is with --school SLUG.")
