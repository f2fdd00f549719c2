"""Asking for a link, making one, and setting a password by it.

Asking does the same whether or not anybody has the address: it leaves a row. Whether a mail goes out is decided by a
job, so neither the answer nor the time that it takes tells strangers who has an account.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select, update

from webapp.accounts import queries
from webapp.accounts.limits import Limit
from webapp.accounts.models import LinkPurpose, PasswordLink, ResetRequest, SignInFailure, User
from webapp.accounts.recovery.types import FreshLink, Link
from webapp.accounts.school_sign_in.queries import door_instead_of_passwords
from webapp.accounts.school_sign_in.types import PASSWORDS_OFF
from webapp.accounts.service.people import set_password
from webapp.accounts.service.sessions import may_enter, revoke_all
from webapp.audit.service import record
from webapp.core import clock
from webapp.core.errors import DomainError, NotFoundError, TooManyRequestsError
from webapp.core.secrets import hash_secret, new_secret

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from webapp.accounts.recovery.types import NewPasswordInput
    from webapp.accounts.school_sign_in.types import Door

LIFETIMES: Final = {LinkPurpose.RESET: timedelta(minutes=60), LinkPurpose.INVITATION: timedelta(days=7)}
PER_ACCOUNT: Final = Limit(3, timedelta(hours=1))
# Generous, since a whole school may sit behind one address.
PER_ADDRESS: Final = Limit(300, timedelta(hours=1))
ANSWERED_AT_ONCE: Final = 100
LONGEST_ADDRESS: Final = 45


class LinkOverError(NotFoundError):
    """The link was used, has expired or never was: always in the same words."""

    def __init__(self) -> None:
        """Say no more than that."""
        super().__init__("This link was used already or is too old.")


class PasswordsOffError(DomainError):
    """The link is good, but passwords let its person in no longer; `door` is where they come in instead."""

    def __init__(self, door: Door) -> None:
        """Say so: whoever has the link has the person's mail."""
        super().__init__(PASSWORDS_OFF)
        self.door = door


def request_reset(session: Session, email: str, address: str) -> None:
    """Note that somebody wants a link for this mail address; raise TooManyRequestsError when it is asked too often."""
    account = hash_secret(email)
    _refuse_when_exhausted(session, ResetRequest.account_hash == account, PER_ACCOUNT)
    _refuse_when_exhausted(session, ResetRequest.address == address[:LONGEST_ADDRESS], PER_ADDRESS)
    session.add(ResetRequest(account_hash=account, email=email, address=address[:LONGEST_ADDRESS]))
    session.flush()


def unanswered(session: Session) -> Sequence[ResetRequest]:
    """Return requests that nobody has answered, locked for the caller, oldest first."""
    waiting = select(ResetRequest).where(ResetRequest.answered_at.is_(None)).order_by(ResetRequest.id)
    return session.scalars(waiting.limit(ANSWERED_AT_ONCE).with_for_update(skip_locked=True)).all()


def answer(session: Session, request: ResetRequest, *, demo: bool) -> User | None:
    """Call the request answered and forget its address; return who should get a link, if anybody.

    `demo` says whether demo people may sign in here.
    """
    person = queries.person_by_email(session, request.email)
    request.email, request.answered_at = "", clock.now()
    session.flush()
    return person if person is not None and may_enter(session, person, demo=demo) else None


def make_link(session: Session, person: User, purpose: LinkPurpose) -> FreshLink:
    """Make a link for the person, good for an hour, or for seven days as an invitation."""
    moment, secret = clock.now(), new_secret()
    expires_at = moment + LIFETIMES[purpose]
    made = {"user_id": person.id, "purpose": purpose, "created_at": moment, "expires_at": expires_at}
    session.add(PasswordLink(token_hash=hash_secret(secret), **made))
    session.flush()
    return FreshLink(secret, expires_at)


def good_link(session: Session, secret: str, *, demo: bool) -> Link:
    """Return what the link with this secret is for; raise LinkOverError or PasswordsOffError when it is not good."""
    found = session.execute(_good(secret)).one_or_none()
    if found is None or not may_enter(session, found.User, demo=demo):
        raise LinkOverError
    _refuse_without_passwords(session, found.User)
    return Link(found.User.id, found.User.email, found.User.role, found.PasswordLink.purpose)


def use_link(session: Session, given: NewPasswordInput, *, demo: bool) -> None:
    """Set the password that a link lets set, end all sessions of its person, and make all their links worthless.

    Raises LinkOverError, PasswordsOffError, or InvalidInputError when the password is too weak; the link stays good.
    """
    found = session.execute(_good(given.link).with_for_update()).one_or_none()
    if found is None or not may_enter(session, found.User, demo=demo):
        raise LinkOverError
    person: User = found.User
    _refuse_without_passwords(session, person)
    set_password(session, person, given.new_password, field="new_password")
    revoke_all(session, person.id)
    record(session, None, "user.password_set_by_link", target=("user", person.id), school_id=person.school_id)
    unused = (PasswordLink.user_id == person.id, PasswordLink.used_at.is_(None))
    session.execute(update(PasswordLink).where(*unused).values(used_at=clock.now()))
    session.execute(delete(SignInFailure).where(SignInFailure.account_hash == hash_secret(person.email)))


def _refuse_without_passwords(session: Session, person: User) -> None:
    door = door_instead_of_passwords(session, person.role, person.school_id)
    if door is not None:
        raise PasswordsOffError(door)


def _good(secret: str) -> Select[PasswordLink, User]:
    mine = (PasswordLink.token_hash == hash_secret(secret), PasswordLink.used_at.is_(None))
    joined = select(PasswordLink, User).join(User, User.id == PasswordLink.user_id)
    return joined.where(*mine, PasswordLink.expires_at > clock.now())


def _refuse_when_exhausted(session: Session, whose: ColumnElement[bool], limit: Limit) -> None:
    moment = clock.now()
    recent = select(ResetRequest.requested_at).where(whose, ResetRequest.requested_at > moment - limit.within)
    oldest = session.scalar(recent.order_by(ResetRequest.requested_at.desc()).offset(limit.failures - 1).limit(1))
    if oldest is not None:
        seconds = max(1, round((oldest + limit.within - moment).total_seconds()))
        detail = "A link was asked for several times just now. Use the newest mail, or try again in an hour."
        raise TooManyRequestsError(detail, seconds)
