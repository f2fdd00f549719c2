"""Tokens with which programs act as their user."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from webapp.accounts.access import load_token
from webapp.accounts.models import ApiToken
from webapp.accounts.queries import token_is_good
from webapp.accounts.types import Scope
from webapp.audit.service import record
from webapp.core import clock
from webapp.core.errors import ConflictError, InvalidInputError

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.accounts.types import TokenInput
    from webapp.audit.types import DetailValue
    from webapp.core.permissions import Viewer

PREFIX = "mp_"
MOST_TOKENS = 50


def create_token(
    session: Session, user_id: UUID, given: TokenInput, token_hash: bytes, viewer: Viewer | None = None
) -> ApiToken:
    """Add a token for the person; its secret, of which this is the hash, is shown once and kept nowhere.

    Without a viewer it is a command that makes it.
    """
    good = (ApiToken.user_id == user_id, token_is_good())
    if session.scalar(select(func.count()).select_from(ApiToken).where(*good)) == MOST_TOKENS:
        raise ConflictError(
            f"You have {MOST_TOKENS} tokens, which is as many as one person may have. Revoke some first."
        )
    days = given.lifetime.days
    moment = clock.now()
    made = ApiToken(
        user_id=user_id,
        name=given.name,
        token_hash=token_hash,
        scopes=" ".join(scope.value for scope in Scope if scope in given.scopes),
        created_at=moment,
        expires_at=None if days is None else moment + timedelta(days=days),
    )
    session.add(made)
    session.flush()
    detail: dict[str, DetailValue] = {"owner": user_id, "scopes": made.scopes.split(), "lifetime": given.lifetime.value}
    record(session, viewer, "token.made", target=("token", made.id), detail=detail)
    return made


def refuse_taken_name(session: Session, viewer: Viewer, name: str) -> None:
    """Raise InvalidInputError when the viewer has a good token of this name, as after sending a form twice."""
    mine = (ApiToken.user_id == viewer.user_id, ApiToken.name == name, token_is_good())
    if session.scalar(select(ApiToken.id).where(*mine).limit(1)) is not None:
        raise InvalidInputError.of("name", "You have a token of this name; revoke it first or choose another name.")


def revoke_token(session: Session, viewer: Viewer, token_id: UUID) -> str:
    """End one of the viewer's tokens and return its name; ending it again changes nothing."""
    found = load_token(session, viewer, token_id)
    found.revoked_at = found.revoked_at or clock.now()
    session.flush()
    record(session, viewer, "token.revoked", target=("token", found.id))
    return found.name
