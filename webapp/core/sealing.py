"""Secrets that have to be read again, such as those that codes are made from, sealed with the application's key."""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken


class BrokenSealError(Exception):
    """What was sealed cannot be opened: the application's key is another one now."""


class Sealer:
    """Seals and opens for one purpose; what was sealed for another does not open."""

    def __init__(self, key: str, purpose: str) -> None:
        """Derive a key of the purpose's own."""
        derived = hmac.new(key.encode(), f"seal:{purpose}".encode(), hashlib.sha256).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))

    def seal(self, text: str) -> bytes:
        """Return the text in a form that only this key opens."""
        return self._fernet.encrypt(text.encode())

    def open(self, sealed: bytes) -> str:
        """Undo `seal`; raise BrokenSealError where that cannot be done."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken as error:
            raise BrokenSealError from error
