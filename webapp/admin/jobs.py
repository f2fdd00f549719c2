"""Background work of administration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.admin.service import tallies
from webapp.jobs.wrapper import QUICK, job

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@job(queue=QUICK, timeout=60)
def add_up_people(session: Session) -> int:
    """Add up the tallies of people until few are left; return how many rows went."""
    gone = 0
    while some := tallies.add_up(session):
        gone += some
    return gone
