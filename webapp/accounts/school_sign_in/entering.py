"""Whom a provider's word lets in, and as what.

A link holds by issuer and subject, within one school. It is made where the provider vouches for an address that
somebody of that school has, or for a new person where the school says so; never for an admin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy import select

from webapp.accounts import hooks, queries
from webapp.accounts.models import User
from webapp.accounts.school_sign_in.models import SchoolIdentity
from webapp.accounts.school_sign_in.types import NotLetInError, Problem
from webapp.accounts.service.sessions import may_enter, revoke_all
from webapp.accounts.types import ADDRESS
from webapp.audit.service import record
from webapp.core import clock
from webapp.core.permissions import Role
from webapp.db.locks import lock_writes

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from webapp.accounts.school_sign_in.types import Claims, ProviderRow


def admit(session: Session, provider: ProviderRow, claims: Claims, *, demo: bool) -> User:
    """Return whom the claims let in, linked from now on and in the role that the claims give.

    Raises NotLetInError. `demo` says whether demo people may sign in here.
    """
    known = _known(session, provider, claims)
    person = known or _by_address(session, provider, claims, demo=demo) or _made(session, provider, claims)
    if not may_enter(session, person, demo=demo):
        raise NotLetInError(Problem.CLOSED)
    if person.role is Role.ADMIN or person.school_id != provider.school_id:
        raise NotLetInError(Problem.UNKNOWN)
    _take_role(session, provider, person, _mapped(provider, claims))
    return person


def _known(session: Session, provider: ProviderRow, claims: Claims) -> User | None:
    here = (SchoolIdentity.school_id == provider.school_id, SchoolIdentity.issuer == provider.issuer)
    joined = select(SchoolIdentity, User).join(User, User.id == SchoolIdentity.user_id)
    # Whoever links a second browser at the same moment waits, and then finds the link.
    lock_writes(session, SchoolIdentity)
    found = session.execute(joined.where(*here, SchoolIdentity.subject == claims.subject)).one_or_none()
    if found is None:
        return None
    found.SchoolIdentity.last_used_at = clock.now()
    return found.User  # type: ignore[no-any-return]


def _by_address(session: Session, provider: ProviderRow, claims: Claims, *, demo: bool) -> User | None:
    """Link somebody of the school by an address that the provider vouches for; None where nobody has it."""
    if not claims.email_verified or not ADDRESS.fullmatch(claims.email):
        raise NotLetInError(Problem.UNVERIFIED)
    person = queries.person_by_email(session, claims.email)
    if person is None:
        return None
    if person.school_id != provider.school_id or person.role is Role.ADMIN:
        raise NotLetInError(Problem.UNKNOWN)
    if not may_enter(session, person, demo=demo):
        raise NotLetInError(Problem.CLOSED)
    mine = (SchoolIdentity.user_id == person.id, SchoolIdentity.issuer == provider.issuer)
    if session.scalar(select(SchoolIdentity.id).where(*mine).limit(1)) is not None:
        # Addresses are given to others when somebody leaves; subjects never are.
        raise NotLetInError(Problem.TAKEN)
    _link(session, provider, person, claims)
    return person


def _made(session: Session, provider: ProviderRow, claims: Claims) -> User:
    if not provider.may_create or claims.email.rpartition("@")[2] not in provider.domains:
        raise NotLetInError(Problem.UNKNOWN)
    role = _mapped(provider, claims) or provider.usual_role
    if role is None:
        raise NotLetInError(Problem.ROLE)
    names = {"first_name": claims.first_name, "last_name": claims.last_name}
    person = User(school_id=provider.school_id, email=claims.email, role=role, **names)
    session.add(person)
    session.flush()
    target, detail = ("user", person.id), {"role": role.value, "by": "school_sign_in"}
    record(session, None, "user.created", target=target, school_id=provider.school_id, detail=detail)
    _link(session, provider, person, claims)
    return person


def _link(session: Session, provider: ProviderRow, person: User, claims: Claims) -> None:
    whose = {"school_id": provider.school_id, "user_id": person.id}
    session.add(SchoolIdentity(**whose, issuer=provider.issuer, subject=claims.subject))
    session.flush()
    detail = {"provider": (urlsplit(provider.issuer).hostname or "")[:100]}
    record(session, None, "identity.linked", target=("user", person.id), school_id=provider.school_id, detail=detail)


def _mapped(provider: ProviderRow, claims: Claims) -> Role | None:
    """Return the role of the first pair whose value is among the claims; None where none is, or nothing is mapped."""
    return next((role for value, role in provider.role_map if value in claims.roles), None)


def _take_role(session: Session, provider: ProviderRow, person: User, role: Role | None) -> None:
    """Give somebody the role that the map says, and end what they began under another."""
    before = person.role
    if role is None or role is before:
        return
    target, detail = ("user", person.id), {"before": before.value, "after": role.value, "by": "school_sign_in"}
    if before is Role.MANAGER and _is_last_manager(session, person):
        record(session, None, "user.role_kept", target=target, school_id=provider.school_id, detail=detail)
        return
    person.role = role
    session.flush()
    hooks.role_changed(session, person.id, before, role)
    revoke_all(session, person.id)
    record(session, None, "user.role_changed", target=target, school_id=provider.school_id, detail=detail)


def _is_last_manager(session: Session, person: User) -> bool:
    """Tell whether nobody else could look after the school; managers who go at the same moment wait for each other."""
    managers = (User.school_id == person.school_id, User.role == Role.MANAGER, User.active)
    found = session.scalars(select(User.id).where(*managers).order_by(User.id).with_for_update()).all()
    return not set(found) - {person.id}
