"""Background work on planners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.jobs.wrapper import job
from webapp.planner import service
from webapp.planner.calendar import service as calendar

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@job(timeout=60)
def expire_undo(session: Session) -> int:
    """Delete for good what deletes took away long enough ago; return how many could have come back until then."""
    return service.expire_undo(session)


@job(timeout=60)
def expire_imports(session: Session) -> int:
    """Forget calendar files that nobody said yes to in time; return how many."""
    return calendar.expire_imports(session)
