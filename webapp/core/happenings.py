"""What a request tells of who sent it, in plain terms, for those who keep account of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from uuid import UUID

FIRST_REFUSAL = 400


@dataclass(frozen=True, slots=True)
class Happening:
    """A request of somebody who is signed in, or has just signed in, with what came of it.

    `entered` says that they signed in by it, `page` that a whole page was opened in a browser, `file` that something
    was downloaded; `field` finds what was sent under a name.
    """

    user_id: UUID
    method: str
    endpoint: str
    status: int
    at: datetime
    entered: bool
    page: bool
    file: bool
    by_token: bool
    path: Mapping[str, Any]
    address: str
    user_agent: str
    field: Callable[[str], str | None]

    @property
    def refused(self) -> bool:
        """Return whether the request failed."""
        return self.status >= FIRST_REFUSAL
