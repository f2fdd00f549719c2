"""Background work on events."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flask import current_app

from webapp.activity.jobs import in_batches
from webapp.core import clock
from webapp.events import forwarding, names, service
from webapp.events.sinks import forget_files
from webapp.jobs.wrapper import SLOW, job, short_transaction

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from sqlalchemy.orm import Session


def kept() -> timedelta:
    """Return for how long events are kept here at most."""
    return timedelta(days=current_app.extensions["milepost_settings"].events_kept_days)


def kept_at(session: Session, school_id: UUID | None) -> timedelta:
    """Return for how long a school keeps events; None stands for people who have none."""
    lasts: timedelta = current_app.extensions["milepost_kept_for"](session, "events", school_id)
    return lasts


def folder() -> Path:
    """Return where the files are that events are appended to."""
    home: Path = current_app.extensions["milepost_settings"].home
    return home / "events"


@job(timeout=120)
def fold_event_counts(session: Session) -> int:  # noqa: ARG001 - it needs transactions of its own
    """Fold the newest changes of counts into those of days and hours; return how many."""
    return in_batches(service.fold_counts)


@job(timeout=120)
def make_event_months(session: Session) -> int:
    """Make the partitions of the months to come; return how many."""
    return service.make_months(session, kept())


@job(queue=SLOW, timeout=1800)
def drop_old_events(session: Session) -> int:  # noqa: ARG001 - it needs transactions of its own
    """Let events go that have had their time, and names that nobody sends any more; return how many rows went."""
    lasts = kept()
    gone = in_batches(lambda batch: service.drop_old(batch, lasts) + forwarding.forget_dead(batch))
    forget_files(folder(), (clock.now() - lasts).date())
    with short_transaction() as last:
        return gone + names.forget_unused(last, clock.now() - lasts)


@job(queue=SLOW, timeout=1800)
def forget_gone_people(session: Session) -> int:  # noqa: ARG001 - it needs transactions of its own
    """Delete the events of people who were deleted; return how many rows went."""
    return in_batches(service.forget_gone)


@job(timeout=600)
def forward_events(session: Session) -> int:  # noqa: ARG001 - it needs transactions of its own
    """Deliver events to where they are forwarded; return how many parcels arrived."""
    return forwarding.deliver_due(short_transaction, folder())


def count_old() -> int:
    """Return how many events are too old to be kept."""
    with short_transaction() as session:
        return service.count_old(session, kept())
