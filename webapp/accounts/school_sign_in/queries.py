"""Reading which schools can be entered by their own accounts, and by which."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy import and_, or_, select

from webapp.accounts.models import SignInMethod, User, UserSession
from webapp.accounts.school_sign_in.models import SchoolDomain, SchoolIdentity, SchoolProvider
from webapp.accounts.school_sign_in.types import (
    FLAG,
    PASSWORDS_OFF,
    Door,
    IdentityRow,
    ProviderRow,
    RoleGivenRow,
    SchoolSignIn,
)
from webapp.core.errors import InvalidInputError, NotFoundError
from webapp.core.permissions import Role
from webapp.flags.queries import is_on_at
from webapp.schools.models import School
from webapp.schools.types import SLUG

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from webapp.accounts.school_sign_in.types import Addresses
    from webapp.core.permissions import Viewer

NEW = {
    **dict.fromkeys(("label", "role_claim"), ""),
    **dict.fromkeys(("may_create", "codes_too", "passwords_off", "leave_too", "active"), False),
    "role_map": [],
}
LOOKED_AT = 2  # one school has a button of its own on the sign-in page; several have a page where one says which


def doors(session: Session) -> list[Door]:
    """Return schools that can be entered by their own accounts, two at most; for strangers."""
    found = session.execute(_open().order_by(School.name, School.id).limit(LOOKED_AT)).all()
    return [Door(row.slug, row.name) for row in found]


def door_of(session: Session, said: str) -> Door | None:
    """Return the school that a mail address or a short name leads to; for strangers."""
    name = said.strip().lower()
    domain = name.rpartition("@")[2]
    by_domain = select(SchoolDomain.school_id).where(SchoolDomain.domain == domain)
    row = session.execute(_open().where(or_(School.slug == name, School.id.in_(by_domain))).limit(1)).one_or_none()
    return Door(row.slug, row.name) if row else None


def provider_of(session: Session, slug: str) -> ProviderRow:
    """Return the provider of the school with this short name; raise NotFoundError where none can be used."""
    row = session.execute(_open().where(School.slug == slug)).one_or_none() if SLUG.fullmatch(slug) else None
    if row is None:
        raise NotFoundError
    kept = session.get_one(SchoolProvider, row.school_id)
    return ProviderRow(
        school_id=kept.school_id,
        slug=row.slug,
        name=row.name,
        label=kept.label,
        issuer=kept.issuer,
        client_id=kept.client_id,
        secret=kept.sealed_secret,
        role_claim=kept.role_claim,
        role_map=tuple((value, Role(role)) for value, role in kept.role_map),
        usual_role=kept.usual_role,
        may_create=kept.may_create,
        codes_too=kept.codes_too,
        passwords_off=kept.passwords_off,
        leave_too=kept.leave_too,
        domains=frozenset(domains(session, kept.school_id)),
    )


def settings_of(session: Session, school: School, addresses: Addresses) -> SchoolSignIn:
    """Return by which accounts a school signs in; as for a new one where by none. The secret stays where it is."""
    kept = session.get(SchoolProvider, school.id)
    offered = session.execute(_open().where(SchoolProvider.school_id == school.id)).first() is not None
    row = kept or SchoolProvider(**NEW)
    return SchoolSignIn(
        issuer=row.issuer,
        client_id=row.client_id,
        has_secret=row.sealed_secret is not None,
        label=row.label,
        role_claim=row.role_claim,
        roles=tuple(RoleGivenRow(value, Role(role)) for value, role in row.role_map),
        usual_role=row.usual_role,
        may_create=row.may_create,
        codes_too=row.codes_too,
        passwords_off=row.passwords_off,
        leave_too=row.leave_too,
        active=row.active,
        domains=domains(session, school.id),
        offered=offered,
        changed_at=kept.changed_at if kept else None,
        return_address=addresses.return_address,
        door_address=addresses.door_address,
    )


def domains(session: Session, school_id: UUID) -> list[str]:
    """Return the domains of a school's addresses."""
    mine = select(SchoolDomain.domain).where(SchoolDomain.school_id == school_id)
    return list(session.scalars(mine.order_by(SchoolDomain.domain)))


def passwords_are_off(session: Session, person: User) -> bool:
    """Return whether the person's school lets nobody in by password; never so for admins, nor without the flag."""
    return door_instead_of_passwords(session, person.role, person.school_id) is not None


def door_instead_of_passwords(session: Session, role: Role, school_id: UUID | None) -> Door | None:
    """Return where somebody of this role and school comes in without a password; None where passwords let them in."""
    if role is Role.ADMIN or school_id is None:
        return None
    row = session.execute(_open().where(SchoolProvider.school_id == school_id, SchoolProvider.passwords_off)).first()
    return Door(row.slug, row.name) if row else None


def refuse_passwords(session: Session, role: Role, school_id: UUID | None, field: str = "password") -> None:
    """Raise InvalidInputError, naming `field`, where a password would let nobody of this role and school in."""
    if door_instead_of_passwords(session, role, school_id) is not None:
        raise InvalidInputError.of(field, PASSWORDS_OFF)


def leaves_by(session: Session, viewer: Viewer) -> str | None:
    """Return the short name of the school whose provider the viewer's browser goes by when it signs out, if any."""
    if viewer.session_id is None or viewer.school_id is None:
        return None
    came = UserSession.method.in_((SignInMethod.SCHOOL, SignInMethod.SCHOOL_CODE))
    mine = _open().join(UserSession, UserSession.id == viewer.session_id).where(came, SchoolProvider.leave_too)
    row = session.execute(mine.where(SchoolProvider.school_id == viewer.school_id)).first()
    return row.slug if row else None


def identities(session: Session, viewer: Viewer) -> list[IdentityRow]:
    """Return the school's accounts that are linked to the viewer's."""
    mine = select(SchoolIdentity).where(SchoolIdentity.user_id == viewer.user_id).order_by(SchoolIdentity.linked_at)
    return [
        IdentityRow(row.id, urlsplit(row.issuer).hostname or row.issuer, row.linked_at, row.last_used_at)
        for row in session.scalars(mine)
    ]


def is_linked(session: Session, user_id: UUID) -> bool:
    """Return whether somebody has come in by the school's account before."""
    return session.scalar(select(SchoolIdentity.id).where(SchoolIdentity.user_id == user_id).limit(1)) is not None


def not_in_yet() -> ColumnElement[bool]:
    """Return the condition that a person has neither a password nor a link to the school's account."""
    linked = select(SchoolIdentity.id).where(SchoolIdentity.user_id == User.id).correlate(User)
    return and_(User.password_hash.is_(None), ~linked.exists())


def _open() -> Select[UUID, str, str]:
    joined = select(School.id.label("school_id"), School.slug, School.name).join(
        SchoolProvider, SchoolProvider.school_id == School.id
    )
    return joined.where(SchoolProvider.active, School.archived_at.is_(None), is_on_at(FLAG, School.id))
