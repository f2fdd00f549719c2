"""Telling who looks after a school that somebody there reads very many records, or takes very many files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import or_, select

from webapp.accounts.models import User
from webapp.audit.limits import takers_on
from webapp.audit.service import record
from webapp.compliance.readings import ALARMING, readers_on
from webapp.core.permissions import Role
from webapp.mail.service import queue_mail
from webapp.mail.types import Mail

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

KIND: Final = "bulk_reading"
FILES: Final = "bulk_files"
ALARMING_FILES: Final = 5
TEMPLATES: Final = ("mail/bulk_reading.txt", "mail/bulk_reading.html")


def tell(session: Session, write_letter: Callable[..., Any], now: datetime) -> int:
    """Mail managers, and admins about managers, once for each reader and UTC date; return how many readers there were.

    The first mail about a reader of a date stands in the audit log as well. Whoever takes files is told of apart.
    """
    day = now.date()
    read, taken = readers_on(session, day, ALARMING), takers_on(session, day, ALARMING_FILES)
    for reader_id, count in sorted(read.items()):
        said = f"read the records of {count} pupils"
        _tell_of(session, write_letter, reader_id, (day, KIND, said), ("records.read_in_bulk", {"records": count}))
    for taker_id, count in sorted(taken.items()):
        said = f"took {count} files with everybody in them"
        _tell_of(session, write_letter, taker_id, (day, FILES, said), ("files.taken_in_bulk", {"files": count}))
    return len(read.keys() | taken.keys())


def _tell_of(
    session: Session,
    write_letter: Callable[..., Any],
    reader_id: UUID,
    what: tuple[date, str, str],
    noted: tuple[str, dict[str, int]],
) -> None:
    reader = session.get(User, reader_id)
    if reader is not None and _mail(session, write_letter, reader, *what):
        action, detail = noted
        record(session, None, action, target=("user", reader.id), school_id=reader.school_id, detail=detail)


def _mail(
    session: Session, write_letter: Callable[..., Any], reader: User, day: date, occasion: str, said: str
) -> bool:
    """Queue the mails about one reader; return whether any was new."""
    letter = write_letter(*TEMPLATES, said=said, day=day, role=reader.role.value)
    fresh = False
    for person in _told_about(session, reader):
        mail = Mail(
            key=f"{occasion}:{reader.id}:{day}:{person.id}",
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
