"""Offers that wait for a student's answer, and how a class stands to those made to it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Date, Uuid, bindparam, select

from webapp.classes import queries as classes
from webapp.classes.access import in_force, load_class, looked_after, today_of
from webapp.classes.models import ClassGroup, Enrolment
from webapp.core import clock
from webapp.core.permissions import Role
from webapp.db.prepared import Prepared
from webapp.goals.models import GoalOffer, GoalOfferAnswer
from webapp.goals.offers.access import studies_in
from webapp.goals.offers.board import statuses_of
from webapp.goals.offers.types import FEW, OfferCounts, OfferRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.goals.types import GoalStatus

_OFFER: Final[tuple[Any, ...]] = (
    *(GoalOffer.id, GoalOffer.class_id, ClassGroup.name, GoalOffer.name, GoalOffer.target_type),
    *(GoalOffer.target_value, GoalOffer.time_period, GoalOffer.created_at),
)


def open_offers(session: Session, viewer: Viewer) -> list[OfferRow]:
    """Return the standing offers to the viewer's classes that they have not answered, the oldest first."""
    if viewer.role is not Role.STUDENT:
        return []
    values = {"user_id": viewer.user_id, "today": today_of(viewer)}
    return [OfferRow(*row) for row in _open().within(session, values)]


def offers_to(session: Session, viewer: Viewer, class_id: UUID) -> list[OfferRow]:
    """Return the standing offers to a class, the oldest first; NotFoundError unless the viewer looks after it."""
    load_class(session, viewer, class_id)
    return offers_in(session, class_id)


def offers_in(session: Session, class_id: UUID) -> list[OfferRow]:
    """Return the standing offers to a class that was loaded for the viewer, the oldest first; one statement."""
    return [OfferRow(*row) for row in session.execute(_offers().where(GoalOffer.class_id == class_id))]


def counts(session: Session, viewer: Viewer, class_id: UUID, at: datetime | None = None) -> list[OfferCounts]:
    """Return how the students of a class stand to its offers, the oldest first; NotFoundError unless looked after.

    Their goals stand as of now, or as they did at an instant that is past. The same few statements for any number.
    """
    load_class(session, viewer, class_id)
    return counts_of(session, viewer, [class_id], at)


def counts_of(
    session: Session, viewer: Viewer, class_ids: Sequence[UUID], at: datetime | None = None
) -> list[OfferCounts]:
    """As `counts`, of classes of one school, in their order; those that the viewer does not look after are left out."""
    groups, offers = _groups(session, viewer, class_ids), _offers_by_class(session, class_ids)
    chosen = [groups[class_id] for class_id in class_ids if class_id in groups and class_id in offers]
    if not chosen:
        return []
    students = _students_by_class(session, chosen)
    keys = [offer.id for group in chosen for offer in offers[group.id]]
    answers = _answers(session, keys)
    everyone = {user_id for enrolled in students.values() for user_id in enrolled}
    standing = statuses_of(session, chosen[0].school_id, keys, everyone, at or clock.now())
    return [
        _withheld(offer, students[group.id])
        if _is_small(viewer, group, students[group.id])
        else _counted(offer, students[group.id], answers, standing)
        for group in chosen
        for offer in offers[group.id]
    ]


def _groups(session: Session, viewer: Viewer, class_ids: Sequence[UUID]) -> dict[UUID, ClassGroup]:
    statement = select(ClassGroup).where(ClassGroup.id.in_(class_ids), looked_after(viewer))
    return {group.id: group for group in session.scalars(statement)}


def _offers_by_class(session: Session, class_ids: Sequence[UUID]) -> dict[UUID, list[OfferRow]]:
    found: dict[UUID, list[OfferRow]] = {}
    for row in session.execute(_offers().where(GoalOffer.class_id.in_(class_ids))):
        found.setdefault(row.class_id, []).append(OfferRow(*row))
    return found


def _students_by_class(session: Session, groups: Sequence[ClassGroup]) -> dict[UUID, list[UUID]]:
    """Return who with an active account is enrolled in each of the classes today."""
    found: dict[UUID, list[UUID]] = {group.id: [] for group in groups}
    today = classes.school_today(session, groups[0].school_id)
    statement = select(Enrolment.class_id, Enrolment.user_id).where(
        Enrolment.class_id.in_(list(found)), in_force(today), Enrolment.open_account
    )
    for class_id, user_id in session.execute(statement):
        found[class_id].append(user_id)
    return found


def _is_small(viewer: Viewer, group: ClassGroup, students: Sequence[UUID]) -> bool:
    # Who looks after a class as its teacher teaches everybody in it, unless the class is no longer taught.
    return len(students) < FEW and viewer.role is Role.TEACHER and group.archived_at is not None


def _withheld(offer: OfferRow, students: Sequence[UUID]) -> OfferCounts:
    return OfferCounts(offer, len(students), 0, 0, 0, {}, 0, withheld=True)


def _counted(
    offer: OfferRow,
    students: Sequence[UUID],
    answers: Mapping[tuple[UUID, UUID], bool],
    standing: Mapping[tuple[UUID, UUID], GoalStatus],
) -> OfferCounts:
    said = [answers.get((offer.id, student)) for student in students]
    accepted = [student for student, answer in zip(students, said, strict=True) if answer]
    found: dict[GoalStatus, int] = {}
    for student in accepted:
        status = standing.get((offer.id, student))
        if status is not None:
            found[status] = found.get(status, 0) + 1
    return OfferCounts(
        offer=offer,
        students=len(students),
        pending=said.count(None),
        declined=said.count(False),
        accepted=len(accepted),
        statuses=found,
        stopped=len(accepted) - sum(found.values()),
    )


def _answers(session: Session, offers: Sequence[UUID]) -> dict[tuple[UUID, UUID], bool]:
    columns = (GoalOfferAnswer.offer_id, GoalOfferAnswer.user_id, GoalOfferAnswer.accepted)
    rows = session.execute(select(*columns).where(GoalOfferAnswer.offer_id.in_(offers)))
    return {(offer_id, user_id): accepted for offer_id, user_id, accepted in rows}


def _offers() -> Select[Any]:
    return (
        select(*_OFFER)
        .join(ClassGroup, ClassGroup.id == GoalOffer.class_id)
        .where(GoalOffer.withdrawn_at.is_(None))
        .order_by(GoalOffer.id)
    )


@cache
def _open() -> Prepared:
    user, today = bindparam("user_id", type_=Uuid()), bindparam("today", type_=Date())
    answered = select(GoalOfferAnswer.offer_id).where(GoalOfferAnswer.user_id == user)
    return Prepared(_offers().where(studies_in(user, today), GoalOffer.id.not_in(answered)))
