"""Background work on people's data."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from flask import current_app

from webapp.compliance.service import alarms, building, erasure, letters, requests, retention, strays
from webapp.core import clock
from webapp.db.after_commit import after_commit
from webapp.extensions import db
from webapp.jobs.queue import enqueue
from webapp.jobs.wrapper import QUICK, SLOW, job, short_transaction, snapshot
from webapp.mail.jobs import send_soon
from webapp.web.letters import demo_people_get_mail, write_letter

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session


def home() -> Path:
    """Return the data folder."""
    place: Path = current_app.extensions["milepost_settings"].home
    return place


def folder() -> Path:
    """Return where the exports of people are kept."""
    return home() / "privacy"


def place() -> erasure.Place:
    """Return where erasures happen."""
    return erasure.Place(home(), db.engine, short_transaction)


@job(queue=SLOW, timeout=1800)
def build_personal_export(session: Session, request_id: str) -> str:  # noqa: ARG001 - it needs transactions of its own
    """Build one person's export; return what came of it."""
    return building.build(building.Site(folder(), short_transaction, snapshot), UUID(request_id))


@job(queue=SLOW, timeout=1800)
def erase_person(session: Session, request_id: str) -> str:
    """Erase whom one request is about, if its time has come; return what came of it."""
    session.rollback()
    return erasure.run(place(), UUID(request_id))


@job(queue=QUICK, timeout=60)
def see_to_requests(session: Session) -> int:
    """Ask workers for every export that waits and every erasure whose time has come; return how many.

    Who is to be erased, and whose file is ready, is told so by mail.
    """
    letters.tell(session, write_letter, clock.now(), demo=demo_people_get_mail())
    send_soon(session)
    exports, erasures = requests.lost_exports(session), erasure.due_erasures(session)
    after_commit(session, lambda: [enqueue(build_personal_export, request_id) for request_id in exports])
    after_commit(session, lambda: [enqueue(erase_person, request_id) for request_id in erasures])
    return len(exports) + len(erasures)


@job(queue=QUICK, timeout=120)
def expire_personal_exports(session: Session) -> int:
    """Delete the personal exports that have had their days, and stray files; return how many there were."""
    names, kept, where = requests.expire_files(session), requests.known_files(session), folder()
    after_commit(session, lambda: strays.remove(where, names, kept, clock.now()))
    return len(names)


@job(queue=SLOW, timeout=1800)
def apply_retention(session: Session) -> dict[str, int]:
    """Delete what every school has kept for as long as it chose; return how many rows went, by rule."""
    session.rollback()
    return retention.apply(short_transaction, dry=False)


@job(queue=QUICK, timeout=60)
def tell_of_bulk_reading(session: Session) -> int:
    """Tell who looks after a school when somebody reads very many pupils' records in a day; return how many did."""
    return alarms.tell(session, write_letter, clock.now())
