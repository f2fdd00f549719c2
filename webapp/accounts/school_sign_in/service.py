"""Setting up a school's provider, and taking links to it away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sqlalchemy import delete, insert, select

from webapp.accounts.access import load_self
from webapp.accounts.models import User
from webapp.accounts.school_sign_in import discovery, queries
from webapp.accounts.school_sign_in.asking import check_address
from webapp.accounts.school_sign_in.models import SchoolDomain, SchoolIdentity, SchoolProvider
from webapp.accounts.school_sign_in.types import Checked, ProviderError, domains_of, pairs_of
from webapp.accounts.service.sessions import revoke_all
from webapp.audit.service import record
from webapp.core import clock
from webapp.core.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from webapp.core.permissions import Role
from webapp.db.locks import lock_writes

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.accounts.school_sign_in.types import ProviderInput
    from webapp.core.permissions import Viewer
    from webapp.core.sealing import Sealer
    from webapp.schools.models import School

PLAIN = (
    "label",
    "issuer",
    "client_id",
    "role_claim",
    "usual_role",
    "may_create",
    "codes_too",
    "passwords_off",
    "leave_too",
    "active",
)
ONCE_FIRST = "Sign in with the school’s account once yourself first, so that you are not locked out."
NOTHING_YET = Checked("Save an issuer first.")
OTHER_WAY_FIRST = "This is your only way to sign in. Set a password first."


@dataclass(frozen=True, slots=True)
class Setting:
    """What setting up needs to know of the installation: what seals secrets, and which hosts may be private."""

    sealer: Sealer
    inside: Collection[str]


def set_up(session: Session, viewer: Viewer, school: School, given: ProviderInput, setting: Setting) -> None:
    """Keep what a school's provider is and may decide. The domains are changed only by admins, who know all schools.

    Raises InvalidInputError, naming the field, or ConflictError where another school has one of the domains.
    """
    pairs = pairs_of(given.roles)
    _refuse_unsound(session, viewer, school, given, setting.inside)
    kept = session.get(SchoolProvider, school.id)
    row = kept or SchoolProvider(school_id=school.id)
    if kept is not None and kept.issuer != given.issuer:
        kept.sealed_secret = None  # a secret is told to nobody but whom it was shared with
    before = {name: getattr(row, name) for name in PLAIN}
    for name in PLAIN:
        setattr(row, name, getattr(given, name))
    row.role_map, row.changed_at = [[value, role.value] for value, role in pairs], clock.now()
    if given.client_secret:
        row.sealed_secret = setting.sealer.seal(given.client_secret)
    session.add(row)
    session.flush()
    if viewer.role is Role.ADMIN:
        _set_domains(session, school.id, domains_of(given.domains))
    fields = sorted(name for name in PLAIN if before[name] != getattr(row, name))
    _record(session, viewer, school.id, "school_sign_in.changed", fields=fields, passwords_off=int(row.passwords_off))


def remove(session: Session, viewer: Viewer, school: School) -> None:
    """Forget a school's provider and all links to it; passwords let its people in again."""
    mine = SchoolIdentity.school_id == school.id
    unlinked = len(session.scalars(delete(SchoolIdentity).where(mine).returning(SchoolIdentity.id)).all())
    session.execute(delete(SchoolProvider).where(SchoolProvider.school_id == school.id))
    session.execute(delete(SchoolDomain).where(SchoolDomain.school_id == school.id))
    _record(session, viewer, school.id, "school_sign_in.removed", unlinked=unlinked)


def look(issuer: str, inside: Collection[str]) -> Checked:
    """Ask a provider what it says of itself, and for its keys; takes some seconds where it does not answer."""
    try:
        found = discovery.metadata(issuer, inside, anew=True)
        known = discovery.keys(found, inside)
    except ProviderError as error:
        return Checked(str(error))
    codes = "S256" in found.code_challenge_methods_supported
    return Checked(
        notes=(
            f"{urlsplit(issuer).hostname} answers, and calls itself what is entered here.",
            f"It signs with {len(known.keys)} " + ("key." if len(known.keys) == 1 else "keys."),
            "It protects codes (PKCE)."
            if codes
            else "It does not say whether it protects codes (PKCE); we send the proof.",
            "It can sign people out."
            if found.end_session_endpoint
            else "It names no page to sign out at: who signs out here stays signed in there.",
            "Whether client id and secret are right shows only when somebody signs in.",
        )
    )


def unlink_own(session: Session, viewer: Viewer, identity_id: UUID) -> None:
    """Take one of the viewer's links away; ConflictError where nothing else would let them in."""
    mine = (SchoolIdentity.id == identity_id, SchoolIdentity.user_id == viewer.user_id)
    found = session.scalar(select(SchoolIdentity).where(*mine))
    if found is None:
        raise NotFoundError
    person = load_self(session, viewer)
    if person.password_hash is None or queries.passwords_are_off(session, person):
        raise ConflictError(OTHER_WAY_FIRST)
    session.delete(found)
    session.flush()
    record(session, viewer, "identity.unlinked", target=("user", viewer.user_id), detail={"links": 1})


def unlink(session: Session, viewer: Viewer, user_id: UUID) -> int:
    """Take all links of somebody away whom the viewer looks after, and sign them out; return how many there were."""
    person = session.get(User, user_id)
    inside = viewer.role is Role.ADMIN or (
        person is not None and person.school_id == viewer.school_id and person.role is not Role.ADMIN
    )
    if person is None or not inside:
        raise NotFoundError
    gone = delete(SchoolIdentity).where(SchoolIdentity.user_id == user_id).returning(SchoolIdentity.id)
    links = len(session.scalars(gone).all())
    if links:
        revoke_all(session, user_id)
        target = ("user", user_id)
        record(session, viewer, "identity.unlinked", target=target, school_id=person.school_id, detail={"links": links})
    return links


def _refuse_unsound(
    session: Session, viewer: Viewer, school: School, given: ProviderInput, inside: Collection[str]
) -> None:
    try:
        check_address(given.issuer, inside)
    except ProviderError as error:
        raise InvalidInputError.of("issuer", str(error)) from error
    if given.usual_role is Role.ADMIN:
        raise InvalidInputError.of("usual_role", "Nobody becomes an admin by the school’s account.")
    if given.passwords_off and not given.active:
        raise InvalidInputError.of("passwords_off", "Without passwords, the school’s account has to be in use.")
    if given.passwords_off and viewer.role is not Role.ADMIN and not queries.is_linked(session, viewer.user_id):
        raise InvalidInputError.of("passwords_off", ONCE_FIRST)
    if given.domains and viewer.role is not Role.ADMIN:
        wanted = set(domains_of(given.domains))
        if wanted != set(queries.domains(session, school.id)):
            raise ForbiddenError("Only an admin can say which addresses are a school’s.")


def _set_domains(session: Session, school_id: UUID, wanted: list[str]) -> None:
    lock_writes(session, SchoolDomain)
    others = select(SchoolDomain.domain).where(SchoolDomain.domain.in_(wanted), SchoolDomain.school_id != school_id)
    taken = session.scalar(others.limit(1))
    if taken is not None:
        raise ConflictError(f"Another school has {taken} already.")
    session.execute(delete(SchoolDomain).where(SchoolDomain.school_id == school_id))
    if wanted:
        session.execute(insert(SchoolDomain), [{"domain": domain, "school_id": school_id} for domain in wanted])


def _record(session: Session, viewer: Viewer, school_id: UUID, action: str, **detail: Any) -> None:
    record(session, viewer, action, target=("school", school_id), school_id=school_id, detail=detail)
