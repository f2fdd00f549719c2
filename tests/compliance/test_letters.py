"""Who is told by mail what is asked about their data."""

from __future__ import annotations

from sqlalchemy import select

from webapp.compliance import jobs
from webapp.compliance.models import DataRequest, RequestKind
from webapp.mail.models import OutgoingMail


def mails(session):
    """Return recipient, kind and words of each mail."""
    found = select(OutgoingMail.recipient, OutgoingMail.kind, OutgoingMail.text_body).order_by(OutgoingMail.id)
    rows = session.execute(found).all()
    session.commit()
    return rows


def test_who_is_to_be_erased_hears_of_it_in_time_to_cancel_and_once(cast, session, as_, csrf, run, clock_at):
    clock_at("2026-11-21T10:00:00Z")
    client = as_(cast.student)
    sent = {"csrf_token": csrf(client), "confirmation": cast.student.user.email}
    assert client.post("/account/privacy/erasure", data=sent).status_code == 303
    for _ in range(2):
        run(jobs.see_to_requests)
    told = mails(session)
    assert [(row.recipient, row.kind) for row in told] == [(cast.student.user.email, "erasure_asked")]
    assert "5 December 2026" in told[0].text_body
    assert "/account/privacy" in told[0].text_body
    assert "Somebody, we hope you" in told[0].text_body
    clock_at("2026-11-23T10:00:00Z")
    run(jobs.see_to_requests)
    assert len(mails(session)) == 1


def test_a_file_is_told_of_to_its_person_and_to_the_staff_who_asked_but_not_to_a_closed_account(
    cast, session, as_, csrf, run, redis, home, clock_at
):
    clock_at("2026-11-21T10:00:00Z")
    manager, closed = as_(cast.manager), cast.classmate.user.email
    cast.classmate.user.active = False
    session.commit()
    for email in (cast.student.user.email, closed):
        sent = {"csrf_token": csrf(manager), "email": email, "kind": "export"}
        assert manager.post("/admin/compliance/requests", data=sent).status_code == 303
    waiting = session.scalars(select(DataRequest.id).where(DataRequest.kind == RequestKind.EXPORT)).all()
    session.commit()
    for request_id in waiting:
        assert run(jobs.build_personal_export, request_id) == "ready"
    run(jobs.see_to_requests)
    told = {(row.recipient, "/admin/compliance/requests" in row.text_body) for row in mails(session)}
    assert told == {(cast.student.user.email, False), (cast.manager.user.email, True)}
    assert all("28 November 2026" in row.text_body for row in mails(session))
