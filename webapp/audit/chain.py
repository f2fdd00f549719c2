"""How entries are bound to each other: each digest covers the entry and the digest before it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from webapp.db.columns import EPOCH, ONE_MICROSECOND

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Row

    from webapp.audit.types import Written

BEGINNING = bytes(32)


def digest_of(before: bytes, place: int, entry: Written | Row[Any]) -> bytes:
    """Return the digest of an entry at a place, after an entry with the digest `before`."""
    said = [
        entry.chain_id.hex,
        place,
        entry.id.hex,
        (entry.occurred_at - EPOCH) // ONE_MICROSECOND,
        _hex(entry.actor_id),
        entry.actor_role,
        _hex(entry.as_user_id),
        entry.action,
        entry.target_kind,
        _hex(entry.target_id),
        entry.detail,
        entry.address,
    ]
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(before + text.encode()).digest()


def _hex(identity: UUID | None) -> str | None:
    return identity.hex if identity else None
