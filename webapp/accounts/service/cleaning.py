"""Forgetting what no longer proves or limits anything."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, or_

from webapp.accounts import limits
from webapp.accounts.identity import IDLE_LIFETIME
from webapp.accounts.models import ApiToken, IdempotencyKey, PasswordLink, ResetRequest, SignInFailure, UserSession
from webapp.core import clock

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

KEPT_SESSIONS = timedelta(days=30)
KEPT_TOKENS = timedelta(days=90)
KEPT_KEYS = timedelta(days=1)
KEPT_LINKS = timedelta(days=1)


def forget_expired(session: Session) -> int:
    """Delete sessions 30 days after their end, tokens 90 days after theirs, and whatever else is past its use.

    That is failures, keys, links that set passwords and requests for them. Returns how many rows went.
    """
    moment = clock.now()
    old_session, old_token = moment - KEPT_SESSIONS, moment - KEPT_TOKENS
    ended_sessions = or_(
        UserSession.expires_at < old_session,
        UserSession.revoked_at < old_session,
        UserSession.last_seen_at < old_session - IDLE_LIFETIME,
    )
    ended_tokens = or_(ApiToken.expires_at < old_token, ApiToken.revoked_at < old_token)
    return sum(
        (
            _delete(session, UserSession, ended_sessions),
            _delete(session, ApiToken, ended_tokens),
            _delete(session, SignInFailure, SignInFailure.failed_at < moment - limits.LONGEST),
            _delete(session, IdempotencyKey, IdempotencyKey.created_at < moment - KEPT_KEYS),
            _delete(session, PasswordLink, PasswordLink.expires_at < moment - KEPT_LINKS),
            _delete(session, ResetRequest, ResetRequest.requested_at < moment - KEPT_LINKS),
        )
    )


def _delete(session: Session, table: type[Any], condition: ColumnElement[bool]) -> int:
    statement = delete(table).where(condition).execution_options(synchronize_session=False)
    return session.execute(statement).rowcount  # type: ignore[attr-defined, no-any-return]
