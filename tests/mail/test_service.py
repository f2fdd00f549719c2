from __future__ import annotations

import pytest
from sqlalchemy import func, select

from webapp.core import clock
from webapp.core.errors import ConflictError, NotFoundError
from webapp.db.base import new_id
from webapp.mail import queries, service
from webapp.mail.models import MailAttachment, MailStatus, OutgoingMail
from webapp.mail.types import Attachment, Mail, UnsafeMailError


def count(session, table=OutgoingMail):
    return session.scalar(select(func.count()).select_from(table))


def test_a_mail_is_queued_once_for_each_key(session, a_mail):
    assert service.queue_mail(session, a_mail("first")) is True
    assert service.queue_mail(session, a_mail("first", subject="Another")) is False
    assert service.queue_mail(session, a_mail("second")) is True
    session.commit()
    assert sorted(session.scalars(select(OutgoingMail.key))) == ["first", "second"]
    assert set(session.scalars(select(OutgoingMail.subject))) == {"A subject"}


def test_a_transaction_that_fails_queues_nothing(session, a_mail):
    service.queue_mail(session, a_mail())
    session.rollback()
    assert count(session) == 0


def test_files_are_queued_with_their_mail_and_once(session, a_mail):
    files = (Attachment("a.csv", "text/csv", b"1"), Attachment("b.csv", "text/csv", b"2"))
    for _ in range(2):
        service.queue_mail(session, a_mail(attachments=files))
    assert count(session, MailAttachment) == 2


BROKEN_OUT_OF = ("a\r\nBcc: all@school.test", "a\nb", "a\x00b", "a\x0bb", "a\u2028b", "\r\n\r\nbody")


@pytest.mark.parametrize("text", BROKEN_OUT_OF)
def test_heads_cannot_be_broken_out_of(a_mail, text):
    with pytest.raises(UnsafeMailError):
        a_mail(subject=text)
    with pytest.raises(UnsafeMailError):
        a_mail(unsubscribe_url=f"https://x.test/{text}")
    with pytest.raises(UnsafeMailError):
        a_mail(recipient=f"somebody@school.test{text}")
    with pytest.raises(UnsafeMailError):
        Attachment(text, "text/csv", b"")
    with pytest.raises(UnsafeMailError):
        Attachment("a.csv", text, b"")


@pytest.mark.parametrize("recipient", ["", "nobody", "a@b@c", "a@b, c@d", "A <a@b.test>", "a b@c.test", "a@b.test\n"])
def test_a_mail_has_one_recipient(a_mail, recipient):
    with pytest.raises(UnsafeMailError):
        a_mail(recipient=recipient)


@pytest.mark.parametrize("subject", ["", "x" * 201])
def test_a_subject_has_a_length(a_mail, subject):
    with pytest.raises(UnsafeMailError):
        a_mail(subject=subject)


def test_what_a_mail_says_is_in_no_log(a_mail):
    shown = repr(a_mail(text="secret-text", html="secret-html", unsubscribe_url="https://x.test/secret"))
    assert "secret" not in shown
    assert isinstance(a_mail(), Mail)


def row(session, a_mail, **columns):
    service.queue_mail(session, a_mail())
    made = session.scalars(select(OutgoingMail)).one()
    for name, value in columns.items():
        setattr(made, name, value)
    session.commit()
    return made


@pytest.mark.parametrize("status", [MailStatus.FAILED, MailStatus.UNKNOWN])
def test_a_failed_or_unknown_mail_is_tried_again_when_told(session, a_mail, status):
    made = row(session, a_mail, status=status, attempts=8, problem="because")
    service.retry(session, made.id)
    assert (made.status, made.attempts, made.problem) == (MailStatus.QUEUED, 0, "")


@pytest.mark.parametrize("status", [MailStatus.QUEUED, MailStatus.SENDING, MailStatus.SENT, MailStatus.EXPIRED])
def test_no_other_is(session, a_mail, status):
    made = row(session, a_mail, status=status)
    with pytest.raises(ConflictError):
        service.retry(session, made.id)


def test_nor_one_that_says_nothing_any_more(session, a_mail):
    made = row(session, a_mail, status=MailStatus.FAILED, text_body="")
    with pytest.raises(ConflictError, match="deleted"):
        service.retry(session, made.id)
    with pytest.raises(NotFoundError):
        service.retry(session, new_id())


def test_words_go_after_a_week_and_rows_after_two_months(session, a_mail, clock_at):
    clock_at("2026-11-01T10:00:00Z")
    made = row(session, a_mail, status=MailStatus.FAILED, finished_at=clock.now())
    clock_at("2026-11-08T09:00:00Z")
    assert service.forget_old(session) == 0
    session.refresh(made)
    assert made.text_body
    clock_at("2026-11-08T11:00:00Z")
    service.forget_old(session)
    session.refresh(made)
    assert (made.subject, made.text_body, made.html_body) == ("", "", "")
    assert made.recipient
    clock_at("2027-01-01T11:00:00Z")
    assert service.forget_old(session) == 1
    assert count(session) == 0


def test_mails_go_with_the_person_whom_they_are_for(session, cast, a_mail):
    service.queue_mail(session, a_mail(user_id=cast.student.id, school_id=cast.school.id))
    session.commit()
    assert [mail.kind for mail in queries.mails_of(session, cast.student.viewer, ["test"], 10)] == ["test"]
    assert queries.mails_of(session, cast.classmate.viewer, ["test"], 10) == []
    session.delete(cast.student.user)
    session.commit()
    assert count(session) == 0
