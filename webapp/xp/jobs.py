"""Background work on standings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from webapp.core import clock
from webapp.jobs.wrapper import SLOW, job, short_transaction
from webapp.xp import standings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_AT_ONCE: Final = 5_000


@job(queue=SLOW, timeout=1800)
def prepare_standings(session: Session) -> int:  # noqa: ARG001 - every job takes its session
    """Add up the standings of schools that have none yet, or by another calendar; return how many schools."""
    with short_transaction() as own:
        schools = standings.unprepared(own)
    for school_id in schools:
        with short_transaction() as own:
            standings.rebuild_school(own, school_id)
    return len(schools)


@job(queue=SLOW, timeout=600)
def forget_past_standings(session: Session) -> int:  # noqa: ARG001 - every job takes its session
    """Delete standings of periods that are over, in transactions of some thousand; return how many."""
    total = 0
    while True:
        with short_transaction() as own:
            gone = standings.forget_past(own, clock.now(), _AT_ONCE)
        total += gone
        if not gone:
            return total
