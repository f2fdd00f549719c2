"""Fetching one goal for a viewer; goals are private: everyone reaches their own and nobody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from webapp.core.errors import NotFoundError
from webapp.goals.models import Goal

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer


def load_goal(session: Session, viewer: Viewer, goal_id: UUID) -> Goal:
    """Return the viewer's goal, or raise NotFoundError."""
    statement = select(Goal).where(Goal.id == goal_id, Goal.user_id == viewer.user_id)
    found = session.execute(statement.execution_options(populate_existing=True)).scalar_one_or_none()
    if found is None:
        raise NotFoundError
    return found
