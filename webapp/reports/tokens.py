"""The secret in a report's unsubscribe link: it says whose report, and is signed.

It needs no row and no end: all that it can do is to switch that report off.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final
from uuid import UUID

ID_BYTES: Final = 16
SIGNATURE_BYTES: Final = 20
LENGTH: Final = 48  # of the text: 36 bytes in base64


def report_token(key: str, user_id: UUID) -> str:
    """Return the token that switches off the person's weekly report."""
    return urlsafe_b64encode(user_id.bytes + _signature(key, user_id.bytes)).decode()


def read_token(key: str, token: str) -> UUID | None:
    """Return whose report a token is about; None when we never made it."""
    if len(token) != LENGTH or not token.isascii():
        return None
    try:
        raw = urlsafe_b64decode(token)
    except ValueError:
        return None
    said, signature = raw[:ID_BYTES], raw[ID_BYTES:]
    if not hmac.compare_digest(signature, _signature(key, said)):
        return None
    return UUID(bytes=said)


def _signature(key: str, said: bytes) -> bytes:
    return hmac.digest(f"weekly report:{key}".encode(), said, hashlib.sha256)[:SIGNATURE_BYTES]
