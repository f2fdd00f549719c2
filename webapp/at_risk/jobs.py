"""Background work on who may need help."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from webapp.at_risk import service
from webapp.jobs.wrapper import SLOW, job, short_transaction, snapshot

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@job(queue=SLOW, timeout=1800)
def refresh_risk(session: Session) -> int:  # noqa: ARG001 - it needs transactions of its own
    """Look at every class in use again, each in a transaction of its own; return how many students are at risk."""
    return sum(_refresh(class_id) for class_id in _classes(None))


@job(queue=SLOW, timeout=1800)
def refresh_school(session: Session, school_id: str) -> int:  # noqa: ARG001 - it needs transactions of its own
    """Look at the classes of one school again, as when it has changed what it looks for."""
    return sum(_refresh(class_id) for class_id in _classes(UUID(school_id)))


@job(queue=SLOW, timeout=600)
def refresh_class(session: Session, class_id: str) -> int:  # noqa: ARG001 - it needs transactions of its own
    """Look at one class again, as when somebody opens it and what is kept is no longer fresh."""
    return _refresh(UUID(class_id))


def _classes(school_id: UUID | None) -> list[UUID]:
    with snapshot() as session:
        return service.classes_to_look_at(session, school_id)


def _refresh(class_id: UUID) -> int:
    return service.refresh_class(snapshot, short_transaction, class_id)
