"""Background work on reports: finding who is due, and writing the mails."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import structlog
from flask import current_app

from webapp.core import clock
from webapp.core.permissions import Role
from webapp.jobs.wrapper import SLOW, job, short_transaction, snapshot
from webapp.mail.jobs import send_soon
from webapp.mail.types import Attachment, Mail
from webapp.reports import queries, service, wording
from webapp.reports.columns import csv_of
from webapp.reports.tokens import report_token
from webapp.reports.types import Part
from webapp.web.letters import demo_people_get_mail, page_address, write_letter

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.reports.types import Due, WeeklyReport

# What remains is left to the next run, which is never far away.
LONGEST_SECONDS: Final = 240.0
KIND: Final = "weekly_report"

log = structlog.get_logger(__name__)


@job(queue=SLOW, timeout=600)
def send_weekly_reports(session: Session) -> int:
    """Queue the weekly reports that are due, one person to a transaction; return how many mails were queued."""
    began, queued = time.monotonic(), 0
    known: dict[UUID, WeeklyReport] = {}
    with snapshot() as reading:
        waiting = queries.due(reading, clock.now(), demo=demo_people_get_mail())
    for one in waiting:
        if time.monotonic() - began > LONGEST_SECONDS:
            break
        queued += _see_to_safely(one, known)
    if queued:
        send_soon(session)
    return queued


@job(timeout=60)
def forget_weekly_reports(session: Session) -> int:
    """Delete the notes of reports sent long ago; return how many."""
    return service.forget_old(session)


def _see_to_safely(one: Due, known: dict[UUID, WeeklyReport]) -> bool:
    """See to one person; if that fails, the others still get theirs, and this one is tried again by the next run."""
    try:
        found = _report(one, known)
        mail = None if found.is_empty else write_mail(one, found)
        with short_transaction() as own:
            return service.see_to(own, one, mail)
    except Exception:
        log.exception("weekly_report_failed", user=one.viewer.user_id)
        return False


def _report(one: Due, known: dict[UUID, WeeklyReport]) -> WeeklyReport:
    """Return what a person reads; all managers of a school read the same, which is made once."""
    school_id = one.viewer.school_id
    if one.viewer.role is Role.MANAGER and school_id in known:
        return known[school_id]
    with snapshot() as reading:
        found = queries.weekly_report(reading, one.viewer)
    if one.viewer.role is Role.MANAGER and school_id is not None:
        known.clear()
        known[school_id] = found
    return found


def write_mail(one: Due, found: WeeklyReport) -> Mail:
    """Return the mail that a report is, with its tables beside it."""
    person = one.viewer
    token = report_token(str(current_app.secret_key), person.user_id)
    unsubscribe = page_address("reports.unsubscribe", report_token=token)
    letter = write_letter(
        "mail/weekly_report.txt",
        "mail/weekly_report.html",
        found=found,
        words=wording.WORDS,
        shown=queries.SHOWN_CLASSES,
        unsubscribe=unsubscribe,
    )
    return Mail(
        key=f"report:{person.user_id}:{one.monday}",
        kind=KIND,
        recipient=person.email,
        subject=wording.subject(found),
        text=letter.text,
        html=letter.html,
        user_id=person.user_id,
        school_id=person.school_id,
        unsubscribe_url=unsubscribe,
        not_after=clock.now() + service.WORTH_SENDING,
        attachments=(_table(found, Part.FIGURES), _table(found, Part.CLASSES)),
    )


def _table(found: WeeklyReport, part: Part) -> Attachment:
    return Attachment(f"milepost-week-{part.value}-{found.week.first}.csv", "text/csv", csv_of(found, part))
