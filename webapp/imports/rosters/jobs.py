"""Background work on rosters."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from flask import current_app

from webapp.core import clock
from webapp.db.after_commit import after_commit
from webapp.imports.rosters import files, running, service
from webapp.jobs.queue import enqueue
from webapp.jobs.wrapper import QUICK, SLOW, job, short_transaction

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

STRAY_SECONDS = 6 * 3600


def folder() -> Path:
    """Return where roster files are kept."""
    home: Path = current_app.extensions["milepost_settings"].home
    return home / "rosters"


@job(queue=SLOW, timeout=1800)
def work_on_roster(session: Session, import_id: str) -> str:  # noqa: ARG001 - it needs transactions of its own
    """Read a roster, carry it out or take it back, whichever it waits for; return what came of it."""
    return running.work(running.Site(folder(), short_transaction), UUID(import_id))


@job(queue=QUICK, timeout=60)
def reconcile_rosters(session: Session) -> int:
    """Ask workers again for every roster that waits; return how many do."""
    waiting = service.lost_imports(session)
    after_commit(session, lambda: [enqueue(work_on_roster, import_id) for import_id in waiting])
    return len(waiting)


@job(queue=SLOW, timeout=600)
def expire_rosters(session: Session) -> int:
    """Forget rosters that have had their time, and stray files; return how many there were."""
    names = service.expire(session)
    known, place = service.known_files(session) - set(names), folder()
    after_commit(session, lambda: files.clean(place, names, known, clock.now().timestamp() - STRAY_SECONDS))
    return len(names)
