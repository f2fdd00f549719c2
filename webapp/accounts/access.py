"""Fetching a person's own sessions and tokens, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from webapp.accounts.models import ApiToken, User, UserSession
from webapp.core.errors import NotFoundError

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer


def load_self(session: Session, viewer: Viewer) -> User:
    """Return the viewer's own row; raise NotFoundError when it has gone meanwhile."""
    found = session.get(User, viewer.user_id)
    if found is None:
        raise NotFoundError
    return found


def load_session(session: Session, viewer: Viewer, session_id: UUID) -> UserSession:
    """Return one of the viewer's sessions, or raise NotFoundError."""
    mine = (UserSession.id == session_id, UserSession.user_id == viewer.user_id)
    found = session.scalar(select(UserSession).where(*mine))
    if found is None:
        raise NotFoundError
    return found


def load_token(session: Session, viewer: Viewer, token_id: UUID) -> ApiToken:
    """Return one of the viewer's tokens, or raise NotFoundError."""
    found = session.scalar(select(ApiToken).where(ApiToken.id == token_id, ApiToken.user_id == viewer.user_id))
    if found is None:
        raise NotFoundError
    return found
