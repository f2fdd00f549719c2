"""Telling who looks after a school that somebody there reads very many records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import or_, select

from webapp.accounts.models import User
from webapp.audit.service import record
from webapp.compliance.readings import ALARMING, readers_on
from webapp.core.permissions import Role
from webapp.mail.service import queue_mail
from webapp.mail.types import Mail

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from sqlalchemy.orm import Session

KIND: Final = "bulk_reading"
TEMPLATES: Final = ("mail/bulk_reading.txt", "mail/bulk_reading.html")


def tell(session: Session, write_letter: Callable[..., Any], now: datetime) -> int:
    """Mail managers, and admins about managers, once for each reader and UTC date; return how many readers there were.

    The first mail about a reader of a date stands in the audit log as well.
    """
    found = readers_on(session, now.date(), ALARMING)
    for reader_id, count in sorted(found.items()):
        reader = session.get(User, reader_id)
        if reader is not None and _mail(session, write_letter, reader, now.date(), count):
            about = {"target": ("user", reader.id), "school_id": reader.school_id, "detail": {"records": count}}
            record(session, None, "records.read_in_bulk", **about)  # type: ignore[arg-type]
    return len(found)


def _mail(session: Session, write_letter: Callable[..., Any], reader: User, day: date, count: int) -> bool:
    """Queue the mails about one reader; return whether any was new."""
    letter = write_letter(*TEMPLATES, count=count, day=day, role=reader.role.value)
    fresh = False
    for person in _told_about(session, reader):
        mail = Mail(
            key=f"{KIND}:{reader.id}:{day}:{person.id}",
            kind=KIND,
            recipient=person.email,
            subject="Very many records were read",
            text=letter.text,
            html=letter.html,
            user_id=person.id,
            school_id=person.school_id,
        )
        fresh |= queue_mail(session, mail)
    return fresh


def _told_about(session: Session, reader: User) -> list[User]:
    of_school = (User.role == Role.MANAGER) & (User.school_id == reader.school_id)
    looked_after = select(User).where(User.active, User.id != reader.id, or_(User.role == Role.ADMIN, of_school))
    return list(session.scalars(looked_after.order_by(User.id)))
