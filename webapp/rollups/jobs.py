"""Background work on the rollups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.core import clock
from webapp.jobs.wrapper import QUICK, job, short_transaction
from webapp.rollups import service

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@job(queue=QUICK, timeout=120)
def drain_dirty_days(session: Session) -> int:  # noqa: ARG001 - every job takes its session
    """Compute the days that writes have marked, in transactions of some thousand; return how many."""
    return service.drain_all(short_transaction)


@job(queue=QUICK, timeout=300)
def close_days(session: Session) -> int:
    """Mark the days that have ended since their rows were built; return how many."""
    return service.close_days(session, clock.now())
