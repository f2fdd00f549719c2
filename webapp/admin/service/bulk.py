"""Doing one thing to several people: what can be done is done, and the report says why the rest was not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from webapp.accounts.models import User
from webapp.admin.access import administers
from webapp.admin.service import people
from webapp.admin.types import BulkAction, Done, Report
from webapp.classes import service as classes
from webapp.classes.access import load_class
from webapp.classes.types import EnrolmentInput
from webapp.core.errors import DomainError, InvalidInputError
from webapp.core.permissions import Role

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.admin.types import BulkInput
    from webapp.core.permissions import Viewer

    Inviter = Callable[[Session, User], bool]

OPEN_ALREADY, CLOSED_ALREADY = "The account is open already.", "The account is closed already."


def carry_out(session: Session, viewer: Viewer, given: BulkInput, invite: Inviter) -> Report:
    """Do to each of the people what was asked for; `invite` queues the mail that lets one choose a password.

    Ids of people whom the viewer does not look after count as missing.
    """
    wanted = select(User).where(User.id.in_(given.user_ids), administers(viewer))
    found = session.scalars(wanted.order_by(User.search_text, User.id)).all()
    if given.action is BulkAction.ADD_TO_CLASS:
        done = _add_to_class(session, viewer, given.class_id, found)
    else:
        done = [_one(session, viewer, given.action, person, invite) for person in found]
    return Report(given.action, done, len(set(given.user_ids)) - len(found))


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
