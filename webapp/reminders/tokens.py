"""The secret in an unsubscribe link: it says whose reminder of which kind, and is signed.

It needs no row and no end: all that it can do is to switch that reminder off.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final
from uuid import UUID

from webapp.reminders.models import ReminderKind

# Their places are part of links that were mailed: only ever add at the end.
KINDS: Final = (ReminderKind.WEEKLY_DIGEST, ReminderKind.GOAL_AT_RISK)
SIGNATURE_BYTES: Final = 20
LENGTH: Final = 52  # of the text: 1 + 16 + 20 bytes and two of nothing, in base64 without signs to fill up


def unsubscribe_token(key: str, user_id: UUID, kind: ReminderKind) -> str:
    """Return the token that switches off the person's reminder of that kind."""
    said = bytes([KINDS.index(kind)]) + user_id.bytes
    return urlsafe_b64encode(said + _signature(key, said) + bytes(2)).decode()


def read_token(key: str, token: str) -> tuple[UUID, ReminderKind] | None:
    """Return whose reminder of which kind a token is about; None when we never made it."""
    if len(token) != LENGTH or not token.isascii():
        return None
    try:
        raw = urlsafe_b64decode(token)
    except ValueError:
        return None
    said, signature = raw[:17], raw[17:-2]
    if raw[-2:] != bytes(2) or not hmac.compare_digest(signature, _signature(key, said)):
        return None
    return UUID(bytes=said[1:]), KINDS[said[0]]


def _signature(key: str, said: bytes) -> bytes:
    return hmac.digest(f"unsubscribe:{key}".encode(), said, hashlib.sha256)[:SIGNATURE_BYTES]
