from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from tests.overview.world import NOW, a_world
from webapp.accounts.models import User
from webapp.db.engine import reading_only
from webapp.jobs.wrapper import path_of, run
from webapp.mail.models import MailAttachment, OutgoingMail
from webapp.reports.jobs import send_weekly_reports

JOB = path_of(send_weekly_reports)
# In Berlin, where the cast's school is: Monday 2 November 2026, 09:00, and the time by which all reports are due.
MONDAY = datetime(2026, 11, 2, 8, tzinfo=UTC)
ALL_DUE = MONDAY + timedelta(minutes=30)
WEEK = "2026-W44"
DATES = "start_date=2026-10-26&end_date=2026-11-01"


@pytest.fixture
def world(session, cast, clock_at):
    """Return a school in which much has happened up to Wednesday 28 October; it is Monday 2 November, 09:30."""
    clock_at(NOW)
    made = a_world(session, cast.school, cast.teacher.id, seed=5, students=9)
    long_ago = NOW - timedelta(days=60)
    session.execute(update(User).values(created_at=long_ago))
    session.commit()
    clock_at(ALL_DUE)
    return made


@pytest.fixture
def report(app):
    """Return a way to run the job; it returns how many mails were queued."""
    return lambda: run(app, JOB)


@pytest.fixture
def mails(session):
    """Return a way to read the outbox, by recipient, with the files; it holds up no other writer."""

    def read() -> dict:
        session.rollback()
        with reading_only():
            found = session.scalars(select(OutgoingMail).order_by(OutgoingMail.created_at)).all()
            files = session.execute(select(MailAttachment.mail_id, MailAttachment.content)).all()
        for mail in found:
            session.expunge(mail)
        session.rollback()
        return {
            mail.recipient: (mail, [bytes(content) for mail_id, content in files if mail_id == mail.id])
            for mail in found
        }

    return read
