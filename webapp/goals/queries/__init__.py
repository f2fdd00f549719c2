"""Reading a person's own goals and how they stand (docs/metrics.md, "Goals")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.core import clock
from webapp.goals.queries.history import history, recent_periods
from webapp.goals.queries.progress import progress_of
from webapp.goals.queries.rows import Reading, kept_goal

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.goals.types import GoalProgress, GoalRow, TimePeriod

__all__ = ["Reading", "goal", "goal_progress", "goals", "history", "progress", "progress_in_use", "recent_periods"]


def goals(session: Session, viewer: Viewer, *, active: bool | None = None) -> list[GoalRow]:
    """Return the viewer's goals in the order in which they were made: those in use, those paused, or all."""
    found = Reading(session, viewer, clock.now()).goals
    return [kept.row for kept in found if active is None or kept.row.active is active]


def goal(session: Session, viewer: Viewer, goal_id: UUID) -> GoalRow:
    """Return one of the viewer's goals, or raise NotFoundError."""
    return kept_goal(session, viewer.user_id, goal_id).row


def progress(
    session: Session, viewer: Viewer, now: datetime, *, period: TimePeriod | None = None, day: date | None = None
) -> list[GoalProgress]:
    """Return how each goal in use stands in its period that holds the day (today unless given).

    In the order of `goals`; paused goals are left out. The same few statements for any number of goals.
    """
    return progress_in_use(Reading(session, viewer, now), period=period, day=day)


def progress_in_use(
    reading: Reading, *, period: TimePeriod | None = None, day: date | None = None
) -> list[GoalProgress]:
    """Return what `progress` does, from a reading that may be asked more."""
    found = [kept for kept in reading.goals if kept.row.active]
    return progress_of(reading, [kept for kept in found if period is None or kept.row.time_period is period], day)


def goal_progress(
    session: Session, viewer: Viewer, goal_id: UUID, now: datetime, *, day: date | None = None
) -> GoalProgress:
    """Return how one goal stands, paused or not, in its period that holds the day; NotFoundError if not theirs."""
    kept = kept_goal(session, viewer.user_id, goal_id)
    return progress_of(Reading(session, viewer, now), [kept], day)[0]
