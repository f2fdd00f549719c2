"""Background work of administration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.admin.service import tallies
from webapp.jobs.wrapper import QUICK, job

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@job(queue=QUICK, timeout=60)
def add_up_people(session: Session) -> int:
    """Add up the tallies of people; return how many rows went."""
    return tallies.add_up(session)
