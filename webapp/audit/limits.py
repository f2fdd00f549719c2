"""How many files of very many people somebody may take in a day: each is an entry of the log, so the log knows."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from webapp.audit.models import AuditEntry
from webapp.core import clock
from webapp.core.errors import TooManyRequestsError

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer

FILES_OF_MANY: Final = ("users.exported", "roster.exported")
MOST_A_DAY: Final = 20
UNTIL_TOMORROW: Final = 3600


def refuse_further_files(session: Session, viewer: Viewer) -> None:
    """Raise TooManyRequestsError for whoever took as many files of many people on this UTC date as anybody may."""
    who = viewer.impersonator_id or viewer.user_id
    taken = select(func.count()).select_from(AuditEntry).where(*_on(clock.now().date()), AuditEntry.actor_id == who)
    if (session.scalar(taken) or 0) >= MOST_A_DAY:
        message = f"You have taken {MOST_A_DAY} files of many people today, which is as many as anybody may."
        raise TooManyRequestsError(message, UNTIL_TOMORROW)


def takers_on(session: Session, day: date, at_least: int) -> dict[UUID, int]:
    """Return who took at least so many files of many people on a UTC date, with how many."""
    files = func.count()
    found = select(AuditEntry.actor_id, files).where(*_on(day), AuditEntry.actor_id.is_not(None))
    rows = session.execute(found.group_by(AuditEntry.actor_id).having(files >= at_least))
    return {actor_id: count for actor_id, count in rows if actor_id is not None}


def _on(day: date) -> tuple[ColumnElement[bool], ...]:
    begins = datetime.combine(day, time(), UTC)
    within = (AuditEntry.occurred_at >= begins, AuditEntry.occurred_at < begins + timedelta(days=1))
    return (AuditEntry.action.in_(FILES_OF_MANY), *within)
