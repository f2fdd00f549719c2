"""The verbs of goals."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.goals.models import Goal
    from webapp.goals.types import GoalChange, GoalInput


def create_goal(session: Session, viewer: Viewer, given: GoalInput) -> Goal:
    """Make a goal; InvalidInputError naming `category_id` when that is not a category in use of the viewer's."""
    raise NotImplementedError


def change_goal(session: Session, viewer: Viewer, goal_id: UUID, change: GoalChange) -> Goal:
    """Change the fields given; `active=False` pauses.

    InvalidInputError names the field. Type, period and category stay what they are once a period has been judged by
    them: one more reason to raise it, naming that field.
    """
    raise NotImplementedError


def delete_goal(session: Session, viewer: Viewer, goal_id: UUID) -> UUID:
    """Delete a goal with its history, taking back the XP that it gave; return the id for `undo_goal`."""
    raise NotImplementedError


def undo_goal(session: Session, viewer: Viewer, undo_id: UUID) -> str:
    """Bring a deleted goal back with its history and XP, and say so; `planner.undo` does the same."""
    raise NotImplementedError
