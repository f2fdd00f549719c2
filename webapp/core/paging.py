"""Pages of a list: limit, offset and the total behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")

DEFAULT_LIMIT = 20
MAXIMUM_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is wanted; limit 1..100, offset from 0."""

    limit: int = DEFAULT_LIMIT
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Listing(Generic[Item]):
    """One page of a list; `total` counts the whole list that the viewer may see.

    `more`: there are more than that, but the list ends there, because counting and turning over more would cost what
    nobody asks for.
    """

    items: list[Item]
    total: int
    limit: int
    offset: int
    more: bool = False

    @property
    def has_next(self) -> bool:
        """Return whether more follows this page."""
        return self.offset + len(self.items) < self.total

    @property
    def has_previous(self) -> bool:
        """Return whether something stands before this page."""
        return self.offset > 0
