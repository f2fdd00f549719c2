"""Background work on activity, a batch a transaction, so that nobody waits for it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flask import current_app

from webapp.activity import service
from webapp.jobs.wrapper import SLOW, job, short_transaction

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from sqlalchemy.orm import Session


def kept() -> timedelta:
    """Return for how long activities are kept here at most."""
    return timedelta(days=current_app.extensions["milepost_settings"].activity_kept_days)


def kept_at(session: Session, school_id: UUID | None) -> timedelta:
    """Return for how long a school keeps activities; None stands for people who have none."""
    lasts: timedelta = current_app.extensions["milepost_kept_for"](session, "activity", school_id)
    return lasts


@job(queue=SLOW, timeout=1800)
def drop_old_activity(session: Session) -> int:  # noqa: ARG001 - it needs transactions of its own
    """Delete activities that have had their time; return how many went."""
    lasts = kept()
    return in_batches(lambda batch: service.drop_old(batch, lasts))


@job(queue=SLOW, timeout=1800)
def shorten_addresses(session: Session) -> int:  # noqa: ARG001 - it needs transactions of its own
    """Shorten addresses that have been whole for a week; return how many there were."""
    return in_batches(service.shorten_addresses)


def in_batches(step: Callable[[Session], int]) -> int:
    """Repeat a step, each time in a transaction of its own, until it finds nothing; return the sum."""
    total = 0
    while True:
        with short_transaction() as session:
            found = step(session)
        if not found:
            return total
        total += found
