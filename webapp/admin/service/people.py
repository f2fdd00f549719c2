"""Making people and changing them: who may, what follows, and the last admin, who stays.

Everything here is audited, by names of fields and ids; never by what the fields say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, select
from sqlalchemy.exc import IntegrityError

from webapp.accounts import hooks, passwords
from webapp.accounts.models import User
from webapp.accounts.school_sign_in.queries import refuse_passwords
from webapp.accounts.service.people import effective_zone, reset_password
from webapp.accounts.service.sessions import revoke_all
from webapp.admin.access import load_person
from webapp.admin.service.belonging import leave_with_role, move_rows
from webapp.audit.service import record
from webapp.compliance.service.admins import others_stay
from webapp.core.errors import ConflictError, ForbiddenError, InvalidInputError
from webapp.core.permissions import Role
from webapp.core.text import folded
from webapp.schools.models import School

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.admin.types import NewPerson, PersonChange
    from webapp.core.permissions import Viewer

PLAIN = ("email", "username", "first_name", "last_name", "time_zone", "nickname", "on_leaderboard")
RANKED = ("role", "school_id", "active")
LAST_ADMIN = "This is the last admin who can sign in. Make somebody else an admin first."


def create_person(session: Session, viewer: Viewer, given: NewPerson) -> User:
    """Add a person; ConflictError where address, user name or nickname is taken. Without a password, invite them."""
    school_id = _school_for(session, viewer, given.school_id, given.role)
    _refuse_rank(viewer, given.role)
    if given.password is not None:
        refuse_passwords(session, given.role, school_id)
        passwords.check_choice(given.password, given.role, (given.email, given.first_name, given.last_name))
    person = User(
        school_id=school_id,
        role=given.role,
        active=given.active,
        nickname_key=_key(given.nickname),
        password_hash=passwords.hash_password(given.password) if given.password else None,
        **{name: getattr(given, name) for name in PLAIN},
    )
    _refuse_taken(session, person, person_id=None)
    session.add(person)
    _flush(session)
    _record(session, viewer, "user.created", person, role=given.role.value)
    return person


def change_person(session: Session, viewer: Viewer, user_id: UUID, change: PersonChange) -> User:
    """Change the fields given of a person; what one may not change is fine where it says what is so already.

    Raises NotFoundError, ForbiddenError, InvalidInputError, or ConflictError for what is taken and for the last admin.
    """
    person = load_person(session, viewer, user_id, lock=True)
    given = {name: getattr(change, name) for name in (*PLAIN, *RANKED) if name in change.model_fields_set}
    changed = {name: value for name, value in given.items() if getattr(person, name) != value}
    if "id" in change.model_fields_set and change.id != person.id:
        raise ForbiddenError("An id cannot be changed.")
    if "school_id" in changed and viewer.role is not Role.ADMIN:
        raise ForbiddenError("Only an admin can move somebody to another school.")
    _refuse_change(session, viewer, person, changed)
    zone_before = effective_zone(session, person)
    _apply(session, viewer, person, changed)
    if effective_zone(session, person) != zone_before:
        hooks.zone_changed(session, person.id)
    if "password" in change.model_fields_set and change.password is not None:
        _set_password(session, viewer, person, change.password)
    return person


def deactivate(session: Session, viewer: Viewer, user_id: UUID) -> bool:
    """Close a person's account and end their sessions; return whether it was open. Nothing of theirs goes."""
    return _switch(session, viewer, user_id, active=False)


def activate(session: Session, viewer: Viewer, user_id: UUID) -> bool:
    """Open a closed account again; return whether it was closed."""
    return _switch(session, viewer, user_id, active=True)


def end_sessions(session: Session, viewer: Viewer, user_id: UUID) -> int:
    """Sign a person out everywhere; return of how many browsers."""
    person = load_person(session, viewer, user_id)
    count = revoke_all(session, person.id)
    _record(session, viewer, "user.sessions_ended", person, sessions=count)
    return count


def note_link(session: Session, viewer: Viewer, person: User, purpose: str) -> None:
    """Note that a link was mailed with which a person sets a password."""
    _record(session, viewer, "user.link_sent", person, purpose=purpose)


def _switch(session: Session, viewer: Viewer, user_id: UUID, *, active: bool) -> bool:
    person = load_person(session, viewer, user_id, lock=True)
    if person.active is active:
        return False
    _refuse_change(session, viewer, person, {"active": active})
    _apply(session, viewer, person, {"active": active})
    return True


def _refuse_change(session: Session, viewer: Viewer, person: User, changed: Mapping[str, Any]) -> None:
    ranked = set(changed) & set(RANKED)
    if ranked and person.id == viewer.user_id:
        if viewer.role is Role.ADMIN:
            raise ConflictError("You cannot change your own role or school, or close your own account.")
        raise ForbiddenError("You cannot change your own role or school, or close your own account.")
    if "role" in changed:
        _refuse_rank(viewer, changed["role"])
    if ranked and person.role is Role.ADMIN and person.active:
        _refuse_last_admin(session, person, changed)
    role, school_id = changed.get("role", person.role), changed.get("school_id", person.school_id)
    if ranked & {"role", "school_id"}:
        _school_for(session, viewer, school_id, role)


def _refuse_rank(viewer: Viewer, role: Role) -> None:
    if role is Role.ADMIN and viewer.role is not Role.ADMIN:
        raise ForbiddenError("Only an admin can make somebody an admin.")


def _refuse_last_admin(session: Session, person: User, changed: Mapping[str, Any]) -> None:
    """Keep one admin who can sign in."""
    stays = changed.get("role", Role.ADMIN) is Role.ADMIN and changed.get("active", True)
    if not stays and not others_stay(session, person.id):
        raise ConflictError(LAST_ADMIN)


def _school_for(session: Session, viewer: Viewer, wanted: UUID | None, role: Role) -> UUID | None:
    """Return the school that a person of this role may be put into, or raise InvalidInputError."""
    if viewer.role is not Role.ADMIN:
        if wanted not in {None, viewer.school_id}:
            raise InvalidInputError.of("school_id", "This is not your school.")
        return viewer.school_id
    if wanted is None:
        if role is not Role.ADMIN:
            raise InvalidInputError.of("school_id", f"A {role.value} belongs to a school: name it.")
        return None
    if session.scalar(select(School.id).where(School.id == wanted)) is None:
        raise InvalidInputError.of("school_id", "Name one of the schools.")
    return wanted


def _apply(session: Session, viewer: Viewer, person: User, changed: Mapping[str, Any]) -> None:
    if not changed:
        return
    before = {name: getattr(person, name) for name in RANKED}
    if "school_id" in changed:
        move_rows(session, person, changed["school_id"])
    elif "role" in changed:
        leave_with_role(session, person.id, person.role, changed["role"])
    for name, value in changed.items():
        setattr(person, name, value)
    person.nickname_key = _key(person.nickname)
    _refuse_taken(session, person, person.id)
    _flush(session)
    if {"role", "school_id"} & set(changed) or not person.active:
        revoke_all(session, person.id)
    _record_changes(session, viewer, person, changed, before)


def _record_changes(
    session: Session, viewer: Viewer, person: User, changed: Mapping[str, Any], before: Mapping[str, Any]
) -> None:
    if "role" in changed:
        _record(session, viewer, "user.role_changed", person, before=before["role"].value, after=person.role.value)
    if "school_id" in changed:
        _record(session, viewer, "user.moved", person, before=before["school_id"], after=person.school_id)
    if "active" in changed:
        _record(session, viewer, "user.activated" if person.active else "user.deactivated", person)
    plain = sorted(set(changed) & set(PLAIN))
    if plain:
        _record(session, viewer, "user.changed", person, fields=plain)


def _set_password(session: Session, viewer: Viewer, person: User, password: str) -> None:
    if person.id == viewer.user_id:
        raise ForbiddenError("You change your own password on the page of your account.")
    reset_password(session, person, password)
    _record(session, viewer, "user.password_set", person)


def _refuse_taken(session: Session, person: User, person_id: UUID | None) -> None:
    """Raise ConflictError where somebody else has the address, the user name or, in the school, the nickname."""
    with session.no_autoflush:
        others = User.id != person_id if person_id else User.id.is_not(None)
        for what, value, same in (
            ("address", person.email, User.email == person.email),
            ("user name", person.username, User.username == person.username),
            (
                "nickname",
                person.nickname_key,
                and_(User.school_id == person.school_id, User.nickname_key == person.nickname_key),
            ),
        ):
            if value and session.scalar(select(User.id).where(same, others).limit(1)) is not None:
                raise ConflictError(f"Somebody has this {what} already.")


def _flush(session: Session) -> None:
    """Write; what somebody else took in this very moment is a conflict as well."""
    try:
        session.flush()
    except IntegrityError as error:
        raise ConflictError("Somebody has this address, user name or nickname already.") from error


def _key(nickname: str | None) -> str | None:
    return folded(nickname) if nickname else None


def _record(session: Session, viewer: Viewer, action: str, person: User, **detail: Any) -> None:
    record(session, viewer, action, target=("user", person.id), school_id=person.school_id, detail=detail)
