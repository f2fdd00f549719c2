"""Who reaches an offer: those who look after its class; and its students while it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, select

from webapp.classes.access import in_force, looked_after, today_of
from webapp.classes.models import ClassGroup, Enrolment
from webapp.core.errors import NotFoundError
from webapp.goals.models import GoalOffer

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer


def load_offer(session: Session, viewer: Viewer, offer_id: UUID) -> GoalOffer:
    """Return a standing offer to a class that the viewer looks after, or raise NotFoundError."""
    return _load(session, offer_id, looked_after(viewer))


def load_offer_to(session: Session, viewer: Viewer, offer_id: UUID) -> GoalOffer:
    """Return a standing offer to a class in which the viewer studies today, or raise NotFoundError."""
    return _load(session, offer_id, studies_in(viewer.user_id, today_of(viewer)))


def studies_in(user_id: UUID | ColumnElement[UUID], today: date | ColumnElement[date]) -> ColumnElement[bool]:
    """Return the condition on `ClassGroup` that it is in use and the person is enrolled in it on the date."""
    mine = select(Enrolment.class_id).where(Enrolment.user_id == user_id, in_force(today))
    return and_(ClassGroup.archived_at.is_(None), ClassGroup.id.in_(mine))


def _load(session: Session, offer_id: UUID, allowed: ColumnElement[bool]) -> GoalOffer:
    statement = select(GoalOffer).join(ClassGroup, ClassGroup.id == GoalOffer.class_id)
    statement = statement.where(GoalOffer.id == offer_id, GoalOffer.withdrawn_at.is_(None), allowed)
    found = session.execute(statement.execution_options(populate_existing=True)).scalar_one_or_none()
    if found is None:
        raise NotFoundError
    return found
