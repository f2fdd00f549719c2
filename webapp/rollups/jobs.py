"""Background work on the rollups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from webapp.core import clock
from webapp.jobs.wrapper import QUICK, SLOW, job, short_transaction, snapshot
from webapp.rollups import checking, service

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# So many people a night; `flask rollups verify` compares everybody.
VERIFIED_PEOPLE: Final = 300


@job(queue=QUICK, timeout=120)
def drain_dirty_days(session: Session) -> int:  # noqa: ARG001 - every job takes its session
    """Compute the days that writes have marked, in transactions of some thousand; return how many."""
    return service.drain_all(short_transaction)


@job(queue=QUICK, timeout=300)
def close_days(session: Session) -> int:
    """Mark the days that have ended since their rows were built; return how many."""
    return service.close_days(session, clock.now())


@job(queue=SLOW, timeout=1800)
def verify_figures(session: Session) -> int:  # noqa: ARG001 - it reads a snapshot, and mends in a transaction of its own
    """Compare some people's stored days with their raw rows; return how many people were compared.

    Days that differ are marked, so that they are right again at once; then the run fails, for somebody should look.
    """
    with snapshot() as reading:
        people = checking.drawn(reading, VERIFIED_PEOPLE)
        found = checking.compared(reading, people, clock.now())
    if found:
        with short_transaction() as own:
            checking.mend(own, found)
        raise checking.FiguresDifferError(f"{len(found)} values differ.")
    return len(people)
