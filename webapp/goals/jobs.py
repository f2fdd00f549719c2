"""Background work on goals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.goals import service
from webapp.jobs.wrapper import QUICK, job, short_transaction

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@job(queue=QUICK, timeout=300)
def settle_goals(session: Session) -> int:  # noqa: ARG001 - every job takes its session
    """Write the snapshots that are due or may have changed, in transactions of some hundred people."""
    return service.settle_all(short_transaction)
