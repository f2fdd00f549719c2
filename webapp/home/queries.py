"""What the first page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from webapp.accounts.models import User
from webapp.core.permissions import Role
from webapp.home.types import SchoolCounts
from webapp.schools.models import School

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer


def school_counts(session: Session, viewer: Viewer) -> SchoolCounts:
    """Return how many people there are in the viewer's school; an admin's counts are of all schools."""
    whose = [] if viewer.role is Role.ADMIN else [User.school_id == viewer.school_id]
    by_role = select(User.role, func.count()).where(User.active, *whose).group_by(User.role)
    counts = dict(session.execute(by_role).tuples().all())
    schools = select(func.count()).select_from(School).where(School.archived_at.is_(None))
    if viewer.role is not Role.ADMIN:
        schools = schools.where(School.id == viewer.school_id)
    return SchoolCounts(
        schools=session.scalar(schools) or 0,
        students=counts.get(Role.STUDENT, 0),
        teachers=counts.get(Role.TEACHER, 0),
    )


def shows_checklist(session: Session, viewer: Viewer) -> bool:
    """Return whether the viewer has not put the first steps away."""
    dismissed = select(User.checklist_dismissed_at).where(User.id == viewer.user_id)
    return session.scalar(dismissed) is None
