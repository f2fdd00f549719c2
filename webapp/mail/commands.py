"""`flask mail`: what became of mails, trying them again, and trying the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from flask.cli import AppGroup, with_appcontext

from webapp.db.base import new_id
from webapp.extensions import db
from webapp.jobs.wrapper import snapshot
from webapp.mail import queries, service
from webapp.mail.jobs.carrier import MailmanCarrier
from webapp.mail.models import MailStatus
from webapp.mail.types import Ready, is_address
from webapp.web.commands import one_transaction
from webapp.web.letters import page_address, write_letter

if TYPE_CHECKING:
    from uuid import UUID

mail = AppGroup("mail", help="Look at the outbox, try mails again, and try the mail settings.")


@mail.command("list")
@click.option("--status", "wanted", type=click.Choice([*map(str, MailStatus)]), help="Only mails in this state.")
@click.option("--limit", default=50, type=click.IntRange(1, 1000))
@with_appcontext
def list_mails(wanted: str | None, limit: int) -> None:
    """Show how many mails are in each state, and those that need somebody: failed and unknown ones."""
    with snapshot() as session:
        counts = queries.counts(session)
        rows = queries.mails(session, [MailStatus(wanted)] if wanted else queries.NEEDS_SOMEBODY, limit)
    click.echo("  ".join(f"{status.value}: {counts.get(status, 0)}" for status in MailStatus))
    for row in rows:
        what = f"{row.status.value:8} {row.kind:14} {row.created_at:%Y-%m-%d %H:%M}Z"
        click.echo(f"{row.id}  {what}  {row.recipient}  {row.attempts}×  {row.problem}")


@mail.command("retry")
@click.argument("mail_id", type=click.UUID)
@with_appcontext
def retry(mail_id: UUID) -> None:
    """Queue the failed or unknown mail MAIL_ID again."""
    with one_transaction():
        service.retry(db.session(), mail_id)
    click.echo("It is queued, and leaves within a minute.", err=True)


@mail.command("test")
@click.argument("address")
@with_appcontext
def test(address: str) -> None:
    """Send a mail to ADDRESS here and now, past the outbox, to see whether the settings are right."""
    if not is_address(address):
        raise click.BadParameter("This is not one mail address.")
    letter = write_letter("mail/test.txt", "mail/test.html", home=page_address("home.index"))
    ready = Ready(new_id(), "test", address, "Mail from Milepost works", letter.text, letter.html, "")
    carrier = MailmanCarrier()
    problem = carrier.open()
    if not problem:
        verdict = carrier.hand_over(ready)
        problem = "" if verdict.status is MailStatus.SENT else verdict.problem
        carrier.close()
    if problem:
        raise click.ClickException(problem)
    click.echo(f"Handed over for {address}.", err=True)
