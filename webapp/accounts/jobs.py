"""Background work on accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.accounts.service import cleaning
from webapp.jobs.wrapper import job

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@job(timeout=60)
def expire_sessions(session: Session) -> int:
    """Delete sessions, tokens, failures and idempotency keys long past their end; return how many rows went."""
    return cleaning.forget_expired(session)
