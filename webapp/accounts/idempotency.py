"""Keeping the first answers to creating requests, in the transaction of the request; for a day (service/cleaning)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from sqlalchemy import Table, select, update

from webapp.accounts.models import IdempotencyKey
from webapp.db.upsert import insert_for
from webapp.web.api.idempotency import KeptAnswer

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

_keys = cast("Table", IdempotencyKey.__table__)


def claim(session: Session, user_id: UUID, key: str, request_hash: bytes) -> KeptAnswer | None:
    """Return the answer kept under the person's key, or None after taking the key for this transaction.

    Waits while another transaction holds the key and has not ended.
    """
    taken = session.execute(
        insert_for(session, _keys)
        .values(user_id=user_id, key=key, request_hash=request_hash, status=0, body="")
        .on_conflict_do_nothing(index_elements=["user_id", "key"])
        .returning(_keys.c.key)
    )
    if taken.first() is not None:
        return None
    kept = select(_keys.c.request_hash, _keys.c.status, _keys.c.body)
    row = session.execute(kept.where(_keys.c.user_id == user_id, _keys.c.key == key)).one_or_none()
    return KeptAnswer(*row) if row else claim(session, user_id, key, request_hash)


def keep(session: Session, user_id: UUID, key: str, status: int, body: str) -> None:
    """Keep the answer to the request that took the key."""
    answered = update(_keys).where(_keys.c.user_id == user_id, _keys.c.key == key)
    session.execute(answered.values(status=status, body=body))
