"""Doing one thing to several people: what can be done is done, and the report says why the rest was not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, select

from webapp.accounts.models import LinkPurpose, User, UserSession
from webapp.accounts.queries import session_is_good
from webapp.accounts.recovery.service import LIFETIMES
from webapp.admin.access import administers
from webapp.admin.queries.people import fitting, waits_for_a_way_in
from webapp.admin.service import people
from webapp.admin.types import MOST_AT_ONCE, BulkAction, Done, PersonFilter, Report
from webapp.classes import service as classes
from webapp.classes.access import load_class
from webapp.classes.models import Enrolment
from webapp.classes.types import EnrolmentInput
from webapp.core import clock
from webapp.core.errors import DomainError, InvalidInputError
from webapp.core.permissions import Role
from webapp.mail.models import MailStatus, OutgoingMail

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from webapp.admin.types import BulkInput
    from webapp.core.permissions import Viewer

    Inviter = Callable[[Session, User], bool]

NEEDS_A_FILTER = {BulkAction.DEACTIVATE, BulkAction.END_SESSIONS}
OPEN_ALREADY, CLOSED_ALREADY = "The account is open already.", "The account is closed already."


def carry_out(
    session: Session, viewer: Viewer, given: BulkInput, invite: Inviter, filters: PersonFilter | None = None
) -> Report:
    """Do to each of the people what was asked for; `invite` queues the mail that lets one choose a password.

    Those are who was picked, or with `everyone` all who fit the filters and for whom it is not done yet: MOST_AT_ONCE
    of them, so that asking again goes on with the next. Ids of people whom the viewer does not look after count as
    missing.
    """
    if given.everyone:
        found = _everyone(session, viewer, given, filters or PersonFilter())
    else:
        found = _picked(session, viewer, given)
    some = found[:MOST_AT_ONCE]
    if given.action is BulkAction.ADD_TO_CLASS:
        done = _add_to_class(session, viewer, given.class_id, some)
    else:
        done = [_one(session, viewer, given.action, person, invite) for person in some]
    missing = 0 if given.everyone else len(set(given.user_ids)) - len(found)
    return Report(given.action, done, missing, len(found) > MOST_AT_ONCE)


def _picked(session: Session, viewer: Viewer, given: BulkInput) -> Sequence[User]:
    if not given.user_ids:
        raise InvalidInputError.of("user_ids", "Pick somebody.")
    wanted = select(User).where(User.id.in_(given.user_ids), administers(viewer))
    return session.scalars(wanted.order_by(User.search_text, User.id)).all()


def _everyone(session: Session, viewer: Viewer, given: BulkInput, filters: PersonFilter) -> Sequence[User]:
    if given.action in NEEDS_A_FILTER and not filters.leaves_out:
        raise InvalidInputError.of("everyone", "Narrow the list first: this would be done to all there are.")
    return fitting(session, viewer, filters, _not_done_yet(given), MOST_AT_ONCE + 1)


def _not_done_yet(given: BulkInput) -> list[ColumnElement[bool]]:
    """Return the conditions on `User` under which an action has something to do."""
    if given.action is BulkAction.ACTIVATE:
        return [~User.active]
    if given.action is BulkAction.DEACTIVATE:
        return [User.active.is_(True)]
    if given.action is BulkAction.END_SESSIONS:
        return [exists().where(UserSession.user_id == User.id, session_is_good())]
    if given.action is BulkAction.ADD_TO_CLASS:
        there = exists().where(Enrolment.user_id == User.id, Enrolment.class_id == given.class_id)
        return [User.active.is_(True), User.role == Role.STUDENT, ~there]
    lately = OutgoingMail.created_at > clock.now() - LIFETIMES[LinkPurpose.INVITATION]
    mine = (OutgoingMail.user_id == User.id, OutgoingMail.kind == LinkPurpose.INVITATION.value)
    invited = exists().where(*mine, lately, OutgoingMail.status != MailStatus.FAILED)
    return [User.active.is_(True), waits_for_a_way_in(), ~invited]


def _one(session: Session, viewer: Viewer, action: BulkAction, person: User, invite: Inviter) -> Done:
    person_id, name = person.id, person.name
    try:
        with session.begin_nested():
            problem = _do(session, viewer, action, person, invite)
    except DomainError as error:
        return Done(person_id, name, error.detail)
    return Done(person_id, name, problem)


def _do(session: Session, viewer: Viewer, action: BulkAction, person: User, invite: Inviter) -> str:
    if action is BulkAction.ACTIVATE:
        return "" if people.activate(session, viewer, person.id) else OPEN_ALREADY
    if action is BulkAction.DEACTIVATE:
        return "" if people.deactivate(session, viewer, person.id) else CLOSED_ALREADY
    if action is BulkAction.END_SESSIONS:
        return "" if people.end_sessions(session, viewer, person.id) else "Signed in nowhere."
    if person.password_hash is not None:
        return "Has a password already."
    if not person.active:
        return "The account is closed."
    people.note_link(session, viewer, person, "invitation")
    return "" if invite(session, person) else "This is no address that mail can be sent to."


def _add_to_class(session: Session, viewer: Viewer, class_id: UUID | None, found: object) -> list[Done]:
    if class_id is None:
        raise InvalidInputError.of("class_id", "Choose a class.")
    group = load_class(session, viewer, class_id)
    report, fit = [], []
    for person in found:  # type: ignore[attr-defined]
        problem = _unfit(person, group.school_id)
        report.append(Done(person.id, person.name, problem))
        fit += [] if problem else [person.id]
    if fit:
        classes.enrol(session, viewer, class_id, EnrolmentInput(user_ids=fit))
    return report


def _unfit(person: User, school_id: UUID) -> str:
    if person.role is not Role.STUDENT:
        return "Only students are enrolled."
    if person.school_id != school_id:
        return "The class is of another school."
    return "" if person.active else "The account is closed."
