"""Background work on exports."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from flask import current_app

from webapp.core import clock
from webapp.core.files import remove_strays
from webapp.db.after_commit import after_commit
from webapp.exports import building, files, service
from webapp.jobs.queue import enqueue
from webapp.jobs.wrapper import QUICK, SLOW, job, short_transaction, snapshot

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

STRAY_SECONDS = 6 * 3600


def folder() -> Path:
    """Return where export files are kept."""
    home: Path = current_app.extensions["milepost_settings"].home
    return home / "exports"


@job(queue=SLOW, timeout=1800)
def build_export(session: Session, export_id: str) -> str:  # noqa: ARG001 - it needs transactions of its own
    """Build one export; return what came of it."""
    return building.build(building.Site(folder(), short_transaction, snapshot), UUID(export_id))


@job(queue=QUICK, timeout=60)
def reconcile_exports(session: Session) -> int:
    """Ask workers again for every export that waits; return how many do."""
    waiting = service.lost_exports(session)
    after_commit(session, lambda: [enqueue(build_export, export_id) for export_id in waiting])
    return len(waiting)


@job(queue=QUICK, timeout=120)
def expire_exports(session: Session) -> int:
    """Delete the exports that have had their time, and stray files; return how many there were."""
    names, place = service.expire_exports(session), folder()
    known = service.known_files(session)
    after_commit(session, lambda: _remove(place, names, known, clock.now()))
    return len(names)


def _remove(place: Path, names: list[str], known: set[str], now: datetime) -> None:
    for name in names:
        files.remove(place, name)
    remove_strays(place, known, now.timestamp() - STRAY_SECONDS)
