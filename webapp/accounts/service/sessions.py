"""Signing in and out; sessions are rows, so ending one ends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import or_, update

from webapp.accounts import limits, passwords, queries
from webapp.accounts.access import load_session
from webapp.accounts.identity import ABSOLUTE_LIFETIME
from webapp.accounts.models import SignInMethod, User, UserSession
from webapp.accounts.school_sign_in.queries import passwords_are_off
from webapp.accounts.school_sign_in.types import PASSWORDS_OFF
from webapp.core import clock
from webapp.core.errors import DomainError, NotFoundError
from webapp.schools.models import School

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from webapp.accounts.types import SignInInput
    from webapp.core.permissions import Viewer

LONGEST_ADDRESS = 45
LONGEST_USER_AGENT = 300


class SignInRefusedError(DomainError):
    """The address or the password is wrong, or the person may not enter: always in the same words."""

    def __init__(self, detail: str = "The email address or the password is not right.") -> None:
        """Say no more than that."""
        super().__init__(detail)


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a sign-in comes from; `token_hash` is the hash of the secret that its cookie will carry."""

    token_hash: bytes
    address: str
    user_agent: str


def prove(session: Session, given: SignInInput, browser: Browser, *, demo: bool) -> User:
    """Return the person with this address and password; whether that is enough to come in is for others to say.

    `demo` says whether demo people may enter. Raises SignInRefusedError, leaving a failure behind that the caller
    must keep, or TooManyRequestsError. Both take the same way whether or not the account exists.
    """
    limits.refuse_when_exhausted(session, given.email, browser.address)
    person = queries.person_by_email(session, given.email)
    right = passwords.matches(person.password_hash if person else None, given.password)
    if person is None or not right or not may_enter(session, person, demo=demo):
        limits.record_failure(session, given.email, browser.address)
        raise SignInRefusedError
    limits.forget_failures(session, given.email, browser.address)
    if passwords_are_off(session, person):
        raise SignInRefusedError(PASSWORDS_OFF)
    if person.password_hash and passwords.is_outdated(person.password_hash):
        person.password_hash = passwords.hash_password(given.password)
    return person


def sign_in(session: Session, given: SignInInput, browser: Browser, *, demo: bool) -> UserSession:
    """Begin a session for somebody whose password is enough; errors are those of `prove`."""
    return begin_session(session, prove(session, given, browser, demo=demo).id, browser)


def begin_session(
    session: Session, user_id: UUID, browser: Browser, method: str = SignInMethod.PASSWORD
) -> UserSession:
    """Begin a session for somebody who has proved who they are by this method."""
    moment = clock.now()
    begun = UserSession(
        user_id=user_id,
        token_hash=browser.token_hash,
        address=browser.address[:LONGEST_ADDRESS],
        user_agent=_printable(browser.user_agent)[:LONGEST_USER_AGENT],
        method=method,
        created_at=moment,
        last_seen_at=moment,
        expires_at=moment + ABSOLUTE_LIFETIME,
    )
    session.add(begun)
    session.flush()
    return begun


def end_session(session: Session, viewer: Viewer) -> None:
    """End the session that the viewer sends this request with."""
    if viewer.session_id is not None:
        revoke_session(session, viewer, viewer.session_id)


def revoke_session(session: Session, viewer: Viewer, session_id: UUID) -> None:
    """End one of the viewer's sessions; ending it again changes nothing."""
    found = load_session(session, viewer, session_id)
    found.revoked_at = found.revoked_at or clock.now()
    session.flush()


def revoke_others(session: Session, viewer: Viewer) -> int:
    """End all of the viewer's sessions but the present one; return how many."""
    return _revoke(session, UserSession.user_id == viewer.user_id, UserSession.id != viewer.session_id)


def revoke_all(session: Session, user_id: UUID) -> int:
    """End all sessions of a person, and those in which they look at Milepost as somebody else; return how many."""
    return _revoke(session, or_(UserSession.user_id == user_id, UserSession.impersonator_id == user_id))


def rotate_secret(session: Session, viewer: Viewer, token_hash: bytes) -> datetime:
    """Give the viewer's present session a new secret, and return when the session ends.

    The old secret is good for nothing from now on. Raises NotFoundError where no session is behind the viewer.
    """
    if viewer.session_id is None:
        raise NotFoundError
    found = load_session(session, viewer, viewer.session_id)
    found.token_hash = token_hash
    session.flush()
    return found.expires_at


def _revoke(session: Session, *which: ColumnElement[bool]) -> int:
    statement = (
        update(UserSession)
        .where(*which, queries.session_is_good())
        .values(revoked_at=clock.now())
        .returning(UserSession.id)
        .execution_options(synchronize_session=False)
    )
    return len(session.scalars(statement).all())


def may_enter(session: Session, person: User, *, demo: bool) -> bool:
    """Tell whether a person may sign in: their account is open and their school is not archived."""
    school = session.get(School, person.school_id) if person.school_id else None
    return person.active and (demo or not person.is_demo) and (school is None or school.archived_at is None)


def _printable(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())
