"""Making people, and what they change about themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.accounts import hooks, limits, passwords, queries
from webapp.accounts.access import load_self
from webapp.accounts.models import User
from webapp.accounts.school_sign_in.queries import refuse_passwords
from webapp.accounts.service.sessions import revoke_all, revoke_others
from webapp.audit.service import record
from webapp.core import clock
from webapp.core.errors import InvalidInputError
from webapp.core.permissions import Role
from webapp.schools.models import School

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.accounts.models import Theme
    from webapp.accounts.types import AccountInput, PasswordInput, PersonInput
    from webapp.core.permissions import Viewer


def create_person(session: Session, given: PersonInput, school_id: UUID | None) -> User:
    """Add a person; without a password they cannot sign in until one is set. Everyone but an admin has a school."""
    if school_id is None and given.role is not Role.ADMIN:
        raise InvalidInputError.of("school", f"A {given.role.value} belongs to a school: name it.")
    if queries.person_by_email(session, given.email) is not None:
        raise InvalidInputError.of("email", "Somebody has this address already.")
    if given.password is not None:
        refuse_passwords(session, given.role, school_id)
        passwords.check_choice(given.password, given.role, _known(given))
    person = User(
        school_id=school_id,
        email=given.email,
        first_name=given.first_name,
        last_name=given.last_name,
        role=given.role,
        time_zone=given.time_zone,
        password_hash=passwords.hash_password(given.password) if given.password else None,
    )
    session.add(person)
    session.flush()
    detail = {"role": given.role.value}
    record(session, None, "user.created", target=("user", person.id), school_id=school_id, detail=detail)
    return person


def change_account(session: Session, viewer: Viewer, given: AccountInput) -> None:
    """Change the viewer's own name, zone and preferences; a new zone slices all their days anew."""
    person = load_self(session, viewer)
    zone_before = effective_zone(session, person)
    person.first_name = given.first_name
    person.last_name = given.last_name
    person.time_zone = given.time_zone
    person.theme = given.theme
    person.shortcuts_enabled = given.shortcuts_enabled
    session.flush()
    if effective_zone(session, person) != zone_before:
        hooks.zone_changed(session, person.id)


def change_theme(session: Session, viewer: Viewer, theme: Theme) -> None:
    """Change the viewer's theme alone."""
    load_self(session, viewer).theme = theme
    session.flush()


def dismiss_checklist(session: Session, viewer: Viewer) -> None:
    """Do not show the first steps to the viewer again."""
    person = load_self(session, viewer)
    person.checklist_dismissed_at = person.checklist_dismissed_at or clock.now()
    session.flush()


def change_password(session: Session, viewer: Viewer, given: PasswordInput, address: str) -> None:
    """Set a new password and sign the viewer out everywhere else.

    A wrong present password raises InvalidInputError and counts as a failed sign-in.
    """
    person = load_self(session, viewer)
    limits.refuse_when_exhausted(session, person.email, address)
    if not passwords.matches(person.password_hash, given.current_password):
        limits.record_failure(session, person.email, address)
        raise InvalidInputError.of("current_password", "This is not your present password.")
    set_password(session, person, given.new_password, field="new_password")
    revoke_others(session, viewer)
    record(session, viewer, "user.password_changed", target=("user", person.id))


def set_password(session: Session, person: User, password: str, field: str = "password") -> None:
    """Set a person's password; raise InvalidInputError, naming `field`, when it is too weak or would let nobody in."""
    refuse_passwords(session, person.role, person.school_id, field)
    passwords.check_choice(password, person.role, (person.email, person.first_name, person.last_name), field)
    person.password_hash = passwords.hash_password(password)
    session.flush()


def reset_password(session: Session, person: User, password: str) -> None:
    """Set the password of somebody who has lost theirs, and sign them out everywhere."""
    set_password(session, person, password)
    revoke_all(session, person.id)


def shortest_password(role: Role) -> int:
    """Return how many characters a password of this role needs."""
    return passwords.shortest_for(role)


def effective_zone(session: Session, person: User) -> str | None:
    """Return the zone in force for the person: their own, else their school's."""
    school = session.get(School, person.school_id) if person.school_id else None
    return person.time_zone or (school.time_zone if school else None)


def _known(given: PersonInput) -> tuple[str, ...]:
    return (given.email, given.first_name, given.last_name)
