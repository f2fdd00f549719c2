"""Reading accounts: one's own sessions and tokens, and who is who."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, or_, select

from webapp.accounts.devices import describe
from webapp.accounts.identity import IDLE_LIFETIME
from webapp.accounts.models import ApiToken, User, UserSession
from webapp.accounts.types import AccountRow, SessionRow, TokenRow
from webapp.core import clock
from webapp.schools.models import School

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer


def anyone_exists(session: Session) -> bool:
    """Return whether this installation has a single user."""
    return session.scalar(select(User.id).limit(1)) is not None


def demo_exists(session: Session) -> bool:
    """Return whether there is a demo here: made-up people always come with a made-up school."""
    return session.scalar(select(School.id).where(School.is_demo).limit(1)) is not None


def person_by_email(session: Session, email: str) -> User | None:
    """Return the person with this address, whatever its letters' case; for commands and sign-in."""
    return session.scalar(select(User).where(User.email == email.strip().lower()))


def account(session: Session, viewer: Viewer) -> AccountRow:
    """Return what the viewer may change about themselves."""
    columns = (
        *(User.email, User.first_name, User.last_name, User.role, User.time_zone),
        *(School.name.label("school_name"), School.time_zone.label("school_zone")),
        *(User.theme, User.shortcuts_enabled),
    )
    joined = select(*columns).join(School, School.id == User.school_id, isouter=True)
    return AccountRow(*session.execute(joined.where(User.id == viewer.user_id)).one())


def sessions(session: Session, viewer: Viewer) -> list[SessionRow]:
    """Return where the viewer is signed in: this browser first, then the most recently used."""
    statement = (
        select(UserSession)
        .where(UserSession.user_id == viewer.user_id, session_is_good())
        .order_by(UserSession.last_seen_at.desc(), UserSession.id)
    )
    rows = [_session_row(found, viewer) for found in session.scalars(statement)]
    return sorted(rows, key=lambda row: not row.current)


def tokens(session: Session, viewer: Viewer) -> list[TokenRow]:
    """Return the viewer's tokens that are still good, newest first."""
    columns = (
        *(ApiToken.id, ApiToken.name, ApiToken.scopes),
        *(ApiToken.created_at, ApiToken.expires_at, ApiToken.last_used_at),
    )
    statement = (
        select(*columns)
        .where(ApiToken.user_id == viewer.user_id, token_is_good())
        .order_by(ApiToken.created_at.desc(), ApiToken.id)
    )
    return [TokenRow(row.id, row.name, tuple(row.scopes.split()), *row[3:]) for row in session.execute(statement)]


def session_is_good() -> ColumnElement[bool]:
    """Return the condition under which a session still lets in."""
    moment = clock.now()
    return and_(
        UserSession.revoked_at.is_(None),
        UserSession.expires_at > moment,
        UserSession.last_seen_at > moment - IDLE_LIFETIME,
    )


def token_is_good() -> ColumnElement[bool]:
    """Return the condition under which a token still lets in."""
    endless = ApiToken.expires_at.is_(None)
    return and_(ApiToken.revoked_at.is_(None), or_(endless, ApiToken.expires_at > clock.now()))


def _session_row(found: UserSession, viewer: Viewer) -> SessionRow:
    return SessionRow(
        id=found.id,
        device=describe(found.user_agent),
        address=found.address,
        method=found.method,
        created_at=found.created_at,
        last_seen_at=found.last_seen_at,
        current=found.id == viewer.session_id,
    )
