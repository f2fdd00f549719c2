"""Background work on learning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.core import clock
from webapp.jobs.wrapper import job
from webapp.learning import service

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@job(timeout=60)
def close_attempts(session: Session) -> int:
    """Hand in the quiz attempts whose time is over; return how many."""
    return service.close_attempts(session, clock.now())
