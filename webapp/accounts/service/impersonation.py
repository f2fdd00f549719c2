"""An admin looks at Milepost as somebody else: a session of its own, short, audited, and with a way back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from webapp.accounts.models import User, UserSession
from webapp.accounts.queries import session_is_good
from webapp.accounts.service.sessions import Browser, begin_session, may_enter
from webapp.audit.service import record
from webapp.core import clock
from webapp.core.errors import ConflictError, ForbiddenError
from webapp.core.permissions import Role

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer

LIFETIME = timedelta(hours=1)


def begin(session: Session, viewer: Viewer, person: User, browser: Browser, *, demo: bool) -> UserSession:
    """Begin a session in which the viewer, an admin, acts as the person, for an hour at most.

    Raises ForbiddenError for everyone else, for other admins, and from within another such session; ConflictError for
    somebody who could not sign in themselves.
    """
    if viewer.role is not Role.ADMIN or viewer.session_id is None or viewer.impersonator_id is not None:
        raise ForbiddenError
    if person.role is Role.ADMIN:
        raise ForbiddenError("Nobody acts as an admin but that admin.")
    if not may_enter(session, person, demo=demo):
        raise ConflictError("This account is closed, so nobody can look through it.")
    begun = begin_session(session, person.id, browser)
    begun.expires_at = clock.now() + LIFETIME
    begun.impersonator_id, begun.impersonator_session_id = viewer.user_id, viewer.session_id
    session.flush()
    target = ("user", person.id)
    record(session, viewer, "impersonation.begun", target=target, school_id=person.school_id)
    return begun


def end(session: Session, viewer: Viewer, token_hash: bytes) -> datetime | None:
    """End the session in which an admin acts as the viewer, and give theirs the new secret with this hash.

    Returns when that session ends, or None where it is over and the admin has to sign in again.
    """
    if viewer.impersonator_id is None:
        raise ConflictError("You are looking at Milepost as yourself.")
    record(session, viewer, "impersonation.ended", target=("user", viewer.user_id))
    present = session.get_one(UserSession, viewer.session_id)
    present.revoked_at = present.revoked_at or clock.now()
    mine = (UserSession.id == present.impersonator_session_id, UserSession.user_id == viewer.impersonator_id)
    own = session.scalar(select(UserSession).where(*mine, session_is_good()))
    if own is not None:
        own.token_hash = token_hash
    session.flush()
    return own.expires_at if own else None
