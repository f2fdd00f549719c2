from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from datetime import timedelta
from email.utils import parsedate_to_datetime
from itertools import pairwise

import pytest
from sqlalchemy import select, update

from webapp.core import clock
from webapp.core.secrets import new_secret
from webapp.jobs.wrapper import run, short_transaction
from webapp.mail import sending, service
from webapp.mail.jobs import send_mails
from webapp.mail.jobs.carrier import MailmanCarrier
from webapp.mail.models import MailAttachment, MailStatus, OutgoingMail
from webapp.mail.types import Attachment, Verdict

JOB = "webapp.mail.jobs.send_mails"
UNSUBSCRIBE = "https://plan.school.test/unsubscribe/x"


def queue(session, *mails):
    for mail in mails:
        service.queue_mail(session, mail)
    session.commit()


def rows(session):
    """Return the mails as they stand, and hold up no other writer."""
    session.rollback()
    found = session.scalars(select(OutgoingMail).order_by(OutgoingMail.key)).all()
    session.expunge_all()
    session.rollback()
    return found


def states(session):
    return [row.status.value for row in rows(session)]


class TestByARealMailServer:
    def test_it_arrives_whole(self, app, session, by_smtp, a_mail):
        file = Attachment("figures.csv", "text/csv", "Größe,1\r\n".encode())
        words = {"subject": "Grüße · your week", "text": "Grüße\n.\nFrom here\n", "html": "<p>Grüße</p>"}
        queue(session, a_mail(unsubscribe_url=UNSUBSCRIBE, attachments=(file,), **words))
        assert run(app, JOB) == 1
        (arrived,) = by_smtp.mails
        assert arrived["Subject"] == "Grüße · your week"
        assert (arrived["To"], arrived["From"]) == ("somebody@school.test", "milepost@localhost")
        assert arrived["List-Unsubscribe"] == f"<{UNSUBSCRIBE}>"
        assert arrived["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert arrived["Auto-Submitted"] == "auto-generated"
        assert abs(parsedate_to_datetime(arrived["Date"]) - clock.now()) < timedelta(minutes=1)
        assert arrived.get_body("plain").get_content().splitlines() == ["Grüße", ".", "From here"]
        assert arrived.get_body("html").get_content().strip() == "<p>Grüße</p>"
        (attached,) = arrived.iter_attachments()
        assert (attached.get_filename(), attached.get_content()) == ("figures.csv", "Größe,1\r\n")
        assert by_smtp.envelopes[0][-2:] == ["mail FROM:<milepost@localhost>", "rcpt TO:<somebody@school.test>"]

    def test_what_was_asked_for_has_no_way_to_unsubscribe(self, app, session, by_smtp, a_mail):
        queue(session, a_mail())
        run(app, JOB)
        assert by_smtp.mails[0]["List-Unsubscribe"] is None

    def test_its_words_are_then_deleted(self, app, session, by_smtp, a_mail):
        queue(session, a_mail(unsubscribe_url=UNSUBSCRIBE, attachments=(Attachment("a.csv", "text/csv", b"1"),)))
        run(app, JOB)
        (row,) = rows(session)
        assert (row.status, row.subject, row.text_body, row.html_body, row.unsubscribe_url) == (
            MailStatus.SENT,
            *("", "", "", ""),
        )
        assert session.scalars(select(MailAttachment)).all() == []

    def test_it_is_sent_once_however_often_the_job_runs(self, app, session, by_smtp, a_mail):
        queue(session, *(a_mail(f"occasion {number}") for number in range(3)))
        assert [run(app, JOB) for _ in range(3)] == [3, 0, 0]
        assert len(by_smtp.taken) == 3
        assert len({mail["Message-ID"] for mail in by_smtp.mails}) == 3

    def test_one_conversation_brings_many(self, app, session, by_smtp, a_mail):
        queue(session, *(a_mail(f"occasion {number}") for number in range(5)))
        run(app, JOB)
        assert (by_smtp.conversations, len(by_smtp.taken)) == (1, 5)


class TestRefusals:
    @pytest.mark.parametrize(
        ("command", "code"), [("RCPT", 450), ("MAIL", 451), (".", 452), ("DATA", 451), ("RCPT", 421)]
    )
    def test_for_now_means_again_later(self, app, session, by_smtp, a_mail, command, code, clock_at):
        clock_at("2026-11-18T10:00:00Z")
        by_smtp.answers[command] = code
        queue(session, a_mail())
        assert run(app, JOB) == 0
        (row,) = rows(session)
        assert (row.status, row.attempts) == (MailStatus.QUEUED, 1)
        assert row.send_after == clock.now() + timedelta(minutes=1)
        assert str(code) in row.problem
        by_smtp.answers.clear()
        assert run(app, JOB) == 0
        clock_at("2026-11-18T10:01:00Z")
        assert run(app, JOB) == 1
        assert rows(session)[0].problem == ""

    @pytest.mark.parametrize(("command", "code"), [("RCPT", 550), ("MAIL", 553), (".", 554), ("DATA", 554)])
    def test_for_good_means_never(self, app, session, by_smtp, a_mail, command, code, clock_at):
        clock_at("2026-11-18T10:00:00Z")
        by_smtp.answers[command] = code
        queue(session, a_mail("a"))
        run(app, JOB)
        (row,) = rows(session)
        assert row.status is MailStatus.FAILED
        assert str(code) in row.problem
        by_smtp.answers.clear()
        clock_at("2026-11-25T10:00:00Z")
        assert run(app, JOB) == 0

    def test_one_refused_recipient_does_not_hold_up_the_others(self, app, session, by_smtp, a_mail):
        queue(session, a_mail("a"), a_mail("b", recipient="b@school.test"))
        by_smtp.answers["RCPT"] = 550
        run(app, JOB)
        assert states(session) == ["failed", "failed"]

    def test_waits_grow_and_end(self, app, session, by_smtp, a_mail, clock_at):
        clock_at("2026-11-18T10:00:00Z")
        by_smtp.answers["RCPT"] = 450
        queue(session, a_mail())
        tried = []
        for minute in range(60 * 24):
            clock_at(clock.now() + timedelta(minutes=1 if minute else 0))
            before = rows(session)[0].attempts
            run(app, JOB)
            if rows(session)[0].attempts > before:
                tried.append(clock.now())
            if rows(session)[0].status is not MailStatus.QUEUED:
                break
            clock_at(max(clock.now(), rows(session)[0].send_after - timedelta(minutes=1)))
        assert [later - earlier for earlier, later in pairwise(tried)] == list(sending.WAITS)
        assert states(session) == ["failed"]
        assert "450" in rows(session)[0].problem

    def test_a_server_that_is_away_costs_one_mail_one_attempt(self, app, session, by_smtp, a_mail, monkeypatch):
        monkeypatch.setattr(app.extensions["mailman"], "port", 1)
        queue(session, a_mail("a"), a_mail("b"))
        assert run(app, JOB) == 0
        assert sorted(row.attempts for row in rows(session)) == [0, 1]
        assert set(states(session)) == {"queued"}

    def test_a_wrong_password_is_not_the_mails_fault(self, app, session, by_smtp, a_mail, monkeypatch):
        monkeypatch.setattr(app.extensions["mailman"], "username", "somebody")
        monkeypatch.setattr(app.extensions["mailman"], "password", "wrong")
        queue(session, a_mail())
        run(app, JOB)
        assert states(session) == ["queued"]

    def test_a_head_that_got_past_the_first_guard_is_refused_by_the_second(self, app, session, by_smtp, a_mail):
        queue(session, a_mail())
        session.execute(update(OutgoingMail).values(subject="a\r\nBcc: all@school.test"))
        session.commit()
        run(app, JOB)
        assert states(session) == ["failed"]
        assert by_smtp.taken == []

    def test_what_is_too_late_is_not_sent(self, app, session, by_smtp, a_mail, clock_at):
        clock_at("2026-11-18T10:00:00Z")
        queue(session, a_mail(not_after=clock.now() + timedelta(hours=1)))
        clock_at("2026-11-18T11:00:00Z")
        assert run(app, JOB) == 0
        assert [(row.status, row.text_body) for row in rows(session)] == [(MailStatus.EXPIRED, "")]

    def test_what_is_for_later_waits(self, app, session, by_smtp, a_mail, clock_at):
        clock_at("2026-11-18T10:00:00Z")
        queue(session, a_mail(send_after=clock.now() + timedelta(hours=1)))
        assert run(app, JOB) == 0
        clock_at("2026-11-18T11:00:00Z")
        assert run(app, JOB) == 1


class TestTheOneMomentOfDoubt:
    """After the last dot and before the answer nobody can know; such a mail is named, and never sent by itself."""

    @pytest.mark.parametrize("end", ["hang up", "take and hang up"])
    def test_silence_after_the_last_dot(self, app, session, by_smtp, a_mail, end, clock_at):
        clock_at("2026-11-18T10:00:00Z")
        by_smtp.answers["."] = end
        queue(session, a_mail("a"), a_mail("b"))
        run(app, JOB)
        assert states(session) == ["unknown", "unknown"]
        by_smtp.answers.clear()
        clock_at("2026-11-19T10:00:00Z")
        assert run(app, JOB) == 0
        assert len(by_smtp.taken) == (2 if end.startswith("take") else 0)

    @pytest.mark.parametrize("command", ["EHLO", "MAIL", "RCPT", "DATA"])
    def test_silence_before_it_leaves_no_doubt(self, app, session, by_smtp, a_mail, command):
        by_smtp.answers[command] = "hang up"
        queue(session, a_mail())
        run(app, JOB)
        assert states(session) == ["queued"]

    def test_somebody_may_send_it_again_under_the_same_name(self, app, session, by_smtp, a_mail):
        by_smtp.answers["."] = "take and hang up"
        queue(session, a_mail())
        run(app, JOB)
        by_smtp.answers.clear()
        service.retry(session, rows(session)[0].id)
        session.commit()
        assert run(app, JOB) == 1
        first, second = by_smtp.mails
        assert first["Message-ID"] == second["Message-ID"]

    def test_a_worker_that_vanished_leaves_a_mail_that_is_named_later(self, app, session, by_smtp, a_mail, clock_at):
        clock_at("2026-11-18T10:00:00Z")
        queue(session, a_mail())
        assert sending.claim(session) is not None
        session.commit()
        clock_at("2026-11-18T10:14:00Z")
        run(app, JOB)
        assert states(session) == ["sending"]
        clock_at("2026-11-18T10:16:00Z")
        run(app, JOB)
        assert states(session) == ["unknown"]
        assert "may have arrived" in rows(session)[0].problem
        assert by_smtp.taken == []

    def test_a_worker_that_wakes_late_may_still_say_that_it_was_sent(self, session, a_mail, clock_at):
        clock_at("2026-11-18T10:00:00Z")
        queue(session, a_mail())
        mail = sending.claim(session)
        session.commit()
        clock_at("2026-11-18T11:00:00Z")
        sending.tidy(session)
        sending.note(session, mail, Verdict(MailStatus.SENT))
        session.commit()
        assert states(session) == ["sent"]

    def test_but_not_about_a_later_attempt(self, session, a_mail, clock_at):
        clock_at("2026-11-18T10:00:00Z")
        queue(session, a_mail())
        mail = sending.claim(session)
        sending.note(session, mail, Verdict(MailStatus.QUEUED, "later"))
        clock_at("2026-11-18T10:05:00Z")
        assert sending.claim(session).attempt == 2
        sending.note(session, mail, Verdict(MailStatus.SENT))
        session.commit()
        assert states(session) == ["sending"]


class TestManyAtOnce:
    def test_each_mail_is_taken_by_one(self, app, session, by_smtp, a_mail):
        queue(session, *(a_mail(f"occasion {number:02}") for number in range(40)))

        def work():
            with app.app_context():
                sending.send_due(short_transaction, MailmanCarrier())

        workers = [threading.Thread(target=work) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert states(session) == ["sent"] * 40
        assert len({mail["Message-ID"] for mail in by_smtp.mails}) == len(by_smtp.taken) == 40

    @pytest.mark.slow
    @pytest.mark.timeout(400)
    def test_killed_again_and_again_no_mail_leaves_twice(self, session, settings, by_smtp, a_mail):
        """Processes that send are killed at random moments; what was cut off is in doubt, the rest leaves once."""
        queue(session, *(a_mail(f"occasion {number:02}") for number in range(60)))
        environment = {
            **os.environ,
            "MILEPOST_HOME": str(settings.home),
            "DATABASE_URL": settings.database_url,
            "REDIS_URL": settings.redis_url,
            "SECRET_KEY": new_secret(),
            "MAIL_BACKEND": "smtp",
            "MAIL_HOST": by_smtp.address[0],
            "MAIL_PORT": str(by_smtp.address[1]),
            "MAIL_TLS": "none",
        }
        kills = 0
        while "queued" in states(session):
            command = [sys.executable, "-m", "flask", "--app", "wsgi", "jobs", "run", "send mails"]
            sent = states(session).count("sent")
            with subprocess.Popen(
                command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            ) as process:
                while process.poll() is None and states(session).count("sent") < sent + 7:
                    time.sleep(0.002)
                if process.poll() is None and kills < 6:
                    process.kill()
                    kills += 1
        names = [mail["Message-ID"] for mail in by_smtp.mails]
        assert kills >= 5
        assert len(names) == len(set(names)), "a mail left twice"
        found = states(session)
        assert found.count("sending") <= kills
        assert found.count("sent") + found.count("sending") == 60
        assert found.count("sent") <= len(names) <= 60


def test_the_job_is_the_one_that_the_schedule_names():
    assert f"{send_mails.__module__}.{send_mails.__qualname__}" == JOB
