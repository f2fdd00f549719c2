"""Background work on how the installation is; the look at it is also taken by web processes when no job takes it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog
from flask import current_app

from webapp.core import clock
from webapp.db.base import new_id
from webapp.db.failing import passes
from webapp.db.patience import wait_at_most
from webapp.health import figures, rolling, service, sizes
from webapp.health.alerts import alone, evaluating, posting, telling
from webapp.jobs.wrapper import SLOW, job, short_transaction, snapshot
from webapp.mail import sending
from webapp.mail.jobs import send_soon
from webapp.mail.jobs.carrier import MailmanCarrier
from webapp.mail.types import Ready, is_address
from webapp.web.letters import write_letter

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

    from webapp.health.alerts.alone import Lookout, People

JUST_NOW: Final = timedelta(seconds=5)
LATE: Final = 1.25
PATIENCE_SECONDS: Final = 10.0
WORDS: Final = {
    alone.BEGUN: "The database does not answer",
    alone.STILL: "The database still does not answer",
    alone.OVER: "The database answers again",
}
STATES: Final = {alone.BEGUN: "triggered", alone.STILL: "triggered", alone.OVER: "resolved"}

log = structlog.get_logger(__name__)


def home() -> Path:
    """Return the data folder."""
    place: Path = current_app.extensions["milepost_settings"].home
    return place


def kept() -> timedelta:
    """Return for how long figures of hours are kept here."""
    return timedelta(days=current_app.extensions["milepost_settings"].system_metrics_kept_days)


@job(timeout=60)
def watch_system(session: Session) -> list[str]:  # noqa: ARG001 - it needs transactions of its own
    """Sample the system, hold the alert rules against it, tell of what is new; return the rules that turned."""
    turned = look(JUST_NOW, by_job=True) or []
    posting.deliver_due(short_transaction)
    return turned


@job(timeout=300)
def roll_system_metrics(session: Session) -> int:
    """Add up the minutes of hours that are over; return how many hours there were."""
    return rolling.roll(session)


@job(queue=SLOW, timeout=1800)
def count_rows(session: Session) -> int:  # noqa: ARG001 - it reads for long and must hold up no writer
    """Count, or estimate, the rows of every table; return how many tables there are."""
    with snapshot() as reading:
        found = sizes.measure(reading)
    with short_transaction() as writing:
        return sizes.keep(writing, found)


@job(queue=SLOW, timeout=1800)
def drop_old_system_metrics(session: Session) -> int:
    """Delete figures that have had their time; return how many rows went."""
    return rolling.forget_old(session, kept())


def look(since: timedelta, *, by_job: bool) -> list[str] | None:
    """Look at the system unless somebody has within that time; return the rules that turned, None for no look."""
    now = clock.now()
    with snapshot() as session:
        if not evaluating.is_due(session, now, since):
            return None
        found = figures.collect(session, home(), now)
    if by_job:
        found["watch_silent_seconds"] = 0.0  # here it is
    with short_transaction() as session:
        if not evaluating.claim(session, now, since, by_job=by_job):
            return None
        service.keep_sample(session, found, now)
        turned = evaluating.evaluate(session, found, now)
        if telling.tell(session, write_letter, now):
            send_soon(session)
    if turned:
        log.warning("alerts_turned", rules=turned, by_job=by_job)
    return turned


def look_instead_of_the_job() -> list[str] | None:
    """Look at the system if the job is late, and hand over mails and messages about it, since no worker may."""
    seconds = current_app.extensions["milepost_settings"].watch_seconds
    turned = look(timedelta(seconds=seconds * LATE), by_job=False)
    if turned is not None:
        posting.deliver_due(short_transaction)
        with snapshot() as session:
            waiting = telling.mails_wait(session)
        if waiting:
            sending.send_due(short_transaction, MailmanCarrier())
    return turned


def keep_a_lookout(lookout: Lookout) -> None:
    """Look where the job does not, and see whether the database is there at all."""
    wait_at_most(PATIENCE_SECONDS)
    try:
        look_instead_of_the_job()
        with snapshot() as session:
            found = alone.people(session)
    except Exception as error:
        if not passes(error):
            raise
        log.warning("database_away", kind=type(error).__name__)
        lookout.failed()
    else:
        lookout.answered(found)
    finally:
        wait_at_most(None)


def tell_alone(what: str, people: People, since: datetime) -> None:
    """Tell of the database by mail and webhook, straight from this process; what goes wrong is logged."""
    log.critical("database_told_of", what=what, since=since.isoformat())
    subject = f"Milepost: {WORDS[what]}"
    letter = write_letter("mail/database.txt", "mail/database.html", what=what, since=since, subject=subject)
    addresses = [address for address in people.addresses if is_address(address)]
    carrier = MailmanCarrier()
    problem = carrier.open() if addresses else ""
    for address in addresses if not problem else []:
        mail = Ready(new_id(), telling.KIND, address, subject, letter.text, letter.html, "")
        problem = carrier.hand_over(mail).problem or problem
    carrier.close()
    if people.webhook:
        body = json.dumps({"alerts": [{"rule": "database", "name": WORDS[what], "state": STATES[what]}]})
        problem = posting.post(body, people.webhook, people.secret) or problem
    if problem:
        log.error("database_not_told_of", problem=problem)
