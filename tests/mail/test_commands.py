from __future__ import annotations

import pytest
from sqlalchemy import select

from webapp.mail import sending, service
from webapp.mail.models import MailStatus, OutgoingMail
from webapp.mail.types import Verdict


@pytest.fixture
def flask(app):
    """Return a way to run a command: `flask("mail", "list")`."""
    return lambda *args: app.test_cli_runner().invoke(args=list(args))


@pytest.fixture
def failed(session, a_mail):
    service.queue_mail(session, a_mail("a", text="secret words"))
    service.queue_mail(session, a_mail("b", recipient="b@school.test"))
    sending.note(session, sending.claim(session), Verdict(MailStatus.FAILED, "550 no such mailbox"))
    session.commit()
    return session.scalar(select(OutgoingMail.id).where(OutgoingMail.status == MailStatus.FAILED))


def test_the_list_counts_all_and_shows_what_needs_somebody(flask, failed, session):
    session.commit()
    shown = flask("mail", "list").output
    assert "queued: 1" in shown
    assert "failed: 1" in shown
    assert str(failed) in shown
    assert "550 no such mailbox" in shown
    assert "b@school.test" not in shown
    assert "secret words" not in shown
    assert "b@school.test" in flask("mail", "list", "--status", "queued").output


def test_trying_again(flask, failed, session):
    session.commit()
    assert flask("mail", "retry", str(failed)).exit_code == 0
    assert session.scalars(select(OutgoingMail.status)).all() == [MailStatus.QUEUED] * 2
    session.commit()
    again = flask("mail", "retry", str(failed))
    assert (again.exit_code, "only a failed or an unknown one" in again.output) == (1, True)
    assert flask("mail", "retry", "x").exit_code == 2


def test_trying_the_settings(flask, by_smtp):
    done = flask("mail", "test", "somebody@school.test")
    assert done.exit_code == 0
    (arrived,) = by_smtp.mails
    assert arrived["Subject"] == "Mail from Milepost works"
    assert "http://localhost:8000/" in arrived.get_body("plain").get_content()


@pytest.mark.parametrize(("command", "answer"), [("RCPT", 550), ("MAIL", 451), (".", "hang up")])
def test_what_the_mail_server_says_to_that_is_shown(flask, by_smtp, command, answer):
    by_smtp.answers[command] = answer
    done = flask("mail", "test", "somebody@school.test")
    assert done.exit_code == 1
    assert (str(answer) if isinstance(answer, int) else "fell silent") in done.output


def test_a_server_that_is_away_is_named(app, flask, by_smtp, monkeypatch):
    monkeypatch.setattr(app.extensions["mailman"], "port", 1)
    done = flask("mail", "test", "somebody@school.test")
    assert (done.exit_code, "ConnectionRefusedError" in done.output) == (1, True)


def test_one_address_at_a_time(flask, by_smtp):
    assert flask("mail", "test", "a@b.test, c@d.test").exit_code == 2
    assert by_smtp.taken == []
