"""Secrets of 256 random bits, and what is stored in place of one."""

from __future__ import annotations

import hashlib
import secrets


def new_secret() -> str:
    """Return 256 random bits as text that fits a cookie, a header or an address."""
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> bytes:
    """Return what is stored in place of a secret: enough to find it again, useless to whoever reads it."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()
