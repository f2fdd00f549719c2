"""Background work on learning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app

from webapp.core import clock
from webapp.core.files import remove_strays
from webapp.db.after_commit import after_commit
from webapp.jobs.wrapper import job
from webapp.learning import queries, service

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

STRAY_SECONDS = 6 * 3600


def images_folder() -> Path:
    """Return where the pictures of lessons are kept."""
    home: Path = current_app.extensions["milepost_settings"].home
    return home / "lesson-images"


@job(timeout=60)
def close_attempts(session: Session) -> int:
    """Hand in the quiz attempts whose time is over; return how many."""
    return service.close_attempts(session, clock.now())


@job(timeout=120)
def forget_images(session: Session) -> int:
    """Forget pictures that were deleted more than a day ago, and files that no picture has; return how many."""
    forgotten, folder = service.forget_images(session), images_folder()
    known, before = queries.known_files(session), clock.now().timestamp() - STRAY_SECONDS
    after_commit(session, lambda: remove_strays(folder, known, before))
    return forgotten
