"""Reading a person's own goals and how they stand (docs/metrics.md, "Goals")."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.paging import Listing, Page
    from webapp.core.permissions import Viewer
    from webapp.goals.types import GoalProgress, GoalRow, SnapshotRow, TimePeriod


def goals(session: Session, viewer: Viewer, *, active: bool | None = None) -> list[GoalRow]:
    """Return the viewer's goals in the order in which they were made: those in use, those paused, or all."""
    raise NotImplementedError


def goal(session: Session, viewer: Viewer, goal_id: UUID) -> GoalRow:
    """Return one of the viewer's goals, or raise NotFoundError."""
    raise NotImplementedError


def progress(
    session: Session, viewer: Viewer, now: datetime, *, period: TimePeriod | None = None, day: date | None = None
) -> list[GoalProgress]:
    """Return how each goal in use stands in its period that holds the day (today unless given).

    In the order of `goals`; paused goals are left out. The same few statements for any number of goals.
    """
    raise NotImplementedError


def goal_progress(
    session: Session, viewer: Viewer, goal_id: UUID, now: datetime, *, day: date | None = None
) -> GoalProgress:
    """Return how one goal stands, paused or not, in its period that holds the day; NotFoundError if not theirs."""
    raise NotImplementedError


def history(session: Session, viewer: Viewer, goal_id: UUID, page: Page, now: datetime) -> Listing[SnapshotRow]:
    """Return the snapshots of a goal's periods, newest first, from the one in which it was made; or NotFoundError.

    The first is the running period's, as of now; periods at whose end the goal was paused are left out.
    """
    raise NotImplementedError


def recent_periods(
    session: Session, viewer: Viewer, goal_ids: Sequence[UUID], limit: int, now: datetime
) -> dict[UUID, list[SnapshotRow]]:
    """Return the newest closed snapshots of each goal, at most so many, oldest first; for small charts."""
    raise NotImplementedError
