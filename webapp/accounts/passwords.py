"""Passwords: how they are kept, and which are good enough."""

from __future__ import annotations

import secrets
import unicodedata
from typing import TYPE_CHECKING

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from webapp.core.errors import InvalidInputError
from webapp.core.permissions import STAFF_ROLES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webapp.core.permissions import Role

SHORTEST = 8
SHORTEST_FOR_STAFF = 12
LEAST_SCORE = 2
JUDGED_LETTERS = 64  # judging takes longer than linearly, and what is weak in its first 64 letters is weak

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_nobodys = _hasher.hash(secrets.token_urlsafe())


def hash_password(password: str) -> str:
    """Return what is kept of a password."""
    return _hasher.hash(_normal(password))


def matches(password_hash: str | None, password: str) -> bool:
    """Return whether the password is the one behind the hash.

    Without a hash, because nobody has that address or no password was set, it takes the same time and is False.
    """
    try:
        _hasher.verify(password_hash or _nobodys, _normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Return whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def shortest_for(role: Role) -> int:
    """Return how many characters a password of this role needs."""
    return SHORTEST_FOR_STAFF if role in STAFF_ROLES else SHORTEST


def check_choice(password: str, role: Role, known: Iterable[str], field: str = "password") -> None:
    """Raise InvalidInputError, naming `field`, unless the password is long enough and hard to guess.

    `known` holds what anybody can find out about the person, such as their name. Nothing leaves this process.
    """
    shortest = shortest_for(role)
    if len(password) < shortest:
        raise InvalidInputError.of(field, f"Use at least {shortest} characters.")
    words = [part.lower() for text in ("milepost", *known) for part in (text, *text.replace("@", " ").split()) if part]
    if zxcvbn(_normal(password)[:JUDGED_LETTERS], user_inputs=words)["score"] < LEAST_SCORE:
        message = "This password is among the first that anybody would try. Several unrelated words are better."
        raise InvalidInputError.of(field, message)


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)
