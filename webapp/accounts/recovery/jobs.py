"""Background work on recovery: answering those who asked, by mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app

from webapp.accounts.models import LinkPurpose
from webapp.accounts.recovery import service
from webapp.accounts.school_sign_in.queries import door_instead_of_passwords
from webapp.core import clock
from webapp.jobs.wrapper import QUICK, job
from webapp.mail.jobs import send_soon
from webapp.mail.service import queue_mail
from webapp.mail.types import Mail, is_address
from webapp.schools.models import School
from webapp.web.letters import Letter, page_address, write_letter

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from webapp.accounts.models import User
    from webapp.accounts.recovery.types import FreshLink
    from webapp.accounts.school_sign_in.types import Door

MINUTE, DAY = 60, 24 * 3600


@job(queue=QUICK, timeout=60)
def answer_requests(session: Session) -> int:
    """Mail a link to each person who asked for one and exists; return how many mails were queued."""
    queued = 0
    for request in service.unanswered(session):
        person = service.answer(session, request, demo=current_app.config["DEMO_MODE"])
        if person is not None and is_address(person.email):
            queued += mail_link(session, person, LinkPurpose.RESET, f"reset:{request.id}")
    send_soon(session)
    return queued


def mail_link(session: Session, person: User, purpose: LinkPurpose, key: str) -> bool:
    """Queue the mail that brings a link to set a password, or says how to come in where passwords let nobody in."""
    door = door_instead_of_passwords(session, person.role, person.school_id)
    if door is not None:
        subject, letter = _without_password(person, purpose, door)
        expires_at = clock.now() + service.LIFETIMES[purpose]
    else:
        link = service.make_link(session, person, purpose)
        subject, letter = _letter(session, person, purpose, link)
        expires_at = link.expires_at
    mail = Mail(
        key=key,
        kind=purpose.value,
        recipient=person.email,
        subject=subject,
        text=letter.text,
        html=letter.html,
        user_id=person.id,
        school_id=person.school_id,
        not_after=expires_at,
    )
    return queue_mail(session, mail)


def _without_password(person: User, purpose: LinkPurpose, door: Door) -> tuple[str, Letter]:
    link = page_address("school_sign_in.door", school_slug=door.slug)
    values = {"link": link, "school": door.name, "first_name": person.first_name, "asked": purpose is LinkPurpose.RESET}
    letter = write_letter("mail/school_account.txt", "mail/school_account.html", **values)
    return "How you sign in to Milepost", letter


def _letter(session: Session, person: User, purpose: LinkPurpose, link: FreshLink) -> tuple[str, Letter]:
    values = {"link": page_address("recovery.choose", link_secret=link.secret), "first_name": person.first_name}
    seconds = int(service.LIFETIMES[purpose].total_seconds())
    if purpose is LinkPurpose.RESET:
        letter = write_letter("mail/reset.txt", "mail/reset.html", minutes=seconds // MINUTE, **values)
        return "Set a new password for Milepost", letter
    school = session.get(School, person.school_id) if person.school_id else None
    values["school"] = school.name if school else ""
    letter = write_letter("mail/invitation.txt", "mail/invitation.html", days=seconds // DAY, **values)
    return "Your Milepost account", letter
