"""Offering a goal to a class, and what its students answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from webapp.classes.access import load_class
from webapp.core import clock
from webapp.core.errors import ConflictError
from webapp.db.base import table_of
from webapp.db.upsert import upsert
from webapp.goals.models import Goal, GoalOffer, GoalOfferAnswer
from webapp.goals.offers.access import load_offer, load_offer_to
from webapp.goals.offers.types import MAXIMUM_OFFERS
from webapp.goals.service import create_goal
from webapp.goals.types import GoalInput
from webapp.rollups.marks import touch

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.goals.offers.types import OfferInput


def offer_goal(session: Session, viewer: Viewer, class_id: UUID, given: OfferInput) -> GoalOffer:
    """Offer a goal to the students of a class that the viewer looks after; NotFoundError for any other."""
    group = load_class(session, viewer, class_id)
    if group.archived_at is not None:
        raise ConflictError("This class is archived; restore it first.")
    standing = select(func.count()).select_from(GoalOffer)
    standing = standing.where(GoalOffer.class_id == class_id, GoalOffer.withdrawn_at.is_(None))
    if session.execute(standing).scalar_one() >= MAXIMUM_OFFERS:
        raise ConflictError(f"There is room for {MAXIMUM_OFFERS} offers; withdraw some that are no longer needed.")
    offer = GoalOffer(school_id=group.school_id, class_id=group.id, offered_by=viewer.user_id, **given.model_dump())
    session.add(offer)
    session.flush()
    return offer


def withdraw_offer(session: Session, viewer: Viewer, offer_id: UUID) -> GoalOffer:
    """Take an offer back: nobody else can take it up; goals made from it stay with their students."""
    offer = load_offer(session, viewer, offer_id)
    offer.withdrawn_at = clock.now()
    session.flush()
    return offer


def accept_offer(session: Session, viewer: Viewer, offer_id: UUID) -> Goal:
    """Make the viewer's own goal from an offer to a class of theirs; once, however often it is accepted."""
    touch(session, viewer.user_id)  # a second request waits here until the first has its goal
    offer = load_offer_to(session, viewer, offer_id)
    goal = _goal_from(session, viewer, offer)
    if goal is None:
        given = GoalInput(
            name=offer.name,
            target_type=offer.target_type,
            target_value=offer.target_value,
            time_period=offer.time_period,
        )
        goal = create_goal(session, viewer, given, offer_id=offer.id)
    _answer(session, viewer, offer, accepted=True)
    return goal


def decline_offer(session: Session, viewer: Viewer, offer_id: UUID) -> GoalOffer:
    """Say no to an offer; ConflictError while a goal that was made from it stands."""
    offer = load_offer_to(session, viewer, offer_id)
    if _goal_from(session, viewer, offer) is not None:
        raise ConflictError("You have taken this goal up. Pause or delete the goal itself instead.")
    _answer(session, viewer, offer, accepted=False)
    return offer


def reconsider_offer(session: Session, viewer: Viewer, offer_id: UUID) -> GoalOffer:
    """Forget that the viewer said no."""
    offer = load_offer_to(session, viewer, offer_id)
    session.execute(
        delete(GoalOfferAnswer).where(
            GoalOfferAnswer.offer_id == offer.id,
            GoalOfferAnswer.user_id == viewer.user_id,
            GoalOfferAnswer.accepted.is_(False),
        )
    )
    return offer


def _goal_from(session: Session, viewer: Viewer, offer: GoalOffer) -> Goal | None:
    return session.scalars(select(Goal).where(Goal.user_id == viewer.user_id, Goal.offer_id == offer.id)).first()


def _answer(session: Session, viewer: Viewer, offer: GoalOffer, *, accepted: bool) -> None:
    row = {"offer_id": offer.id, "user_id": viewer.user_id, "accepted": accepted, "answered_at": clock.now()}
    keys, changed = ("offer_id", "user_id"), ("accepted", "answered_at")
    upsert(session, table_of(GoalOfferAnswer), [row], keys=keys, update=changed)
