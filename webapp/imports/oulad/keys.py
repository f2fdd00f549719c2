"""Ids of imported rows: they follow from the school and from what the dataset calls a thing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Final
from uuid import UUID

if TYPE_CHECKING:
    from typing import TypeAlias

Hex: TypeAlias = str
_VERSION_7, _VARIANT = "7", 0x8
_DIGITS: Final = 10  # bytes of the hash, more than an id has room for


@dataclass(frozen=True, slots=True)
class Keys:
    """Makes ids of one school, in the form of version 7: rows that belong together lie together."""

    school: Hex

    def of(self, since: date, *names: str) -> Hex:
        """Return the id of a thing as 32 hexadecimal digits, which both databases take."""
        said = "\0".join((self.school, *names))
        digest = blake2b(said.encode(), digest_size=_DIGITS).hexdigest()
        variant = f"{_VARIANT | int(digest[3], 16) & 0x3:x}"
        return f"{_millisecond(since)}{_VERSION_7}{digest[:3]}{variant}{digest[4:19]}"

    def id(self, since: date, *names: str) -> UUID:
        """Return the id of a thing."""
        return UUID(hex=self.of(since, *names))


@cache
def _millisecond(since: date) -> Hex:
    return f"{int(datetime.combine(since, time(), UTC).timestamp() * 1000):012x}"
