"""Background work on the sums of schools and classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.jobs.wrapper import QUICK, job, short_transaction
from webapp.overview import service

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@job(queue=QUICK, timeout=300)
def drain_overview(session: Session) -> int:  # noqa: ARG001 - every job takes its session
    """Put what changed into the sums, in transactions of some hundred people; return how many people."""
    return service.drain_all(short_transaction)
