"""Background work on reminders: finding who is due, and writing the mails."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from flask import current_app

from webapp.core.words import day_text, minutes_text, range_text
from webapp.goals.wording import amount_text, goal_text, left_text, pace_text
from webapp.jobs.wrapper import QUICK, job, short_transaction
from webapp.mail.jobs import send_soon
from webapp.mail.types import Mail
from webapp.reminders import service
from webapp.reminders.tokens import unsubscribe_token
from webapp.reminders.types import Digest
from webapp.reminders.wording import digest_rows, digest_subject, status_text, warning_subject
from webapp.web.letters import demo_people_get_mail, page_address, write_letter

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from webapp.reminders.types import Due, GoalWarning
    from webapp.web.letters import Letter

# What remains is left to the next run, which is never far away.
LONGEST_SECONDS: Final = 240.0
WORDS: Final = {
    "amount_text": amount_text,
    "day_text": day_text,
    "goal_text": goal_text,
    "left_text": left_text,
    "minutes_text": minutes_text,
    "pace_text": pace_text,
    "range_text": range_text,
    "status_text": status_text,
}


@job(queue=QUICK, timeout=300)
def send_reminders(session: Session) -> int:
    """Queue the reminders that are due, a few people to a transaction; return how many mails were queued."""
    began, total = time.monotonic(), 0
    demo = demo_people_get_mail()
    while time.monotonic() - began < LONGEST_SECONDS:
        with short_transaction() as own:
            looked_at, queued = service.remind_some(own, write_mail, demo=demo)
        total += queued
        if looked_at < service.PEOPLE_AT_ONCE:
            break
    if total:
        send_soon(session)
    return total


@job(queue=QUICK, timeout=60)
def forget_reminders(session: Session) -> int:
    """Delete the notes of reminders sent long ago; return how many."""
    return service.forget_old(session)


def write_mail(one: Due, found: Digest | GoalWarning, key: str, not_after: datetime) -> Mail:
    """Return the mail that tells somebody what was found."""
    token = unsubscribe_token(str(current_app.secret_key), one.user_id, one.kind)
    unsubscribe = page_address("reminders.unsubscribe", unsubscribe_token=token)
    subject, letter = _letter(one, found, unsubscribe)
    return Mail(
        key=key,
        kind=one.kind.value,
        recipient=one.viewer.email,
        subject=subject,
        text=letter.text,
        html=letter.html,
        user_id=one.user_id,
        school_id=one.viewer.school_id,
        unsubscribe_url=unsubscribe,
        not_after=not_after,
    )


def _letter(one: Due, found: Digest | GoalWarning, unsubscribe: str) -> tuple[str, Letter]:
    values: dict[str, Any] = {"found": found, "viewer": one.viewer, "unsubscribe": unsubscribe, **WORDS}
    if isinstance(found, Digest):
        rows = digest_rows(found)
        return digest_subject(found), write_letter("mail/digest.txt", "mail/digest.html", rows=rows, **values)
    return warning_subject(found), write_letter("mail/at_risk.txt", "mail/at_risk.html", **values)
