"""A row of the schedule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webapp.jobs.when import When


@dataclass(frozen=True, slots=True)
class Scheduled:
    """What runs by itself, when, in whose zone, where, for how long at most, and why then."""

    name: str
    function: str
    when: When
    zone: str
    queue: str
    timeout: int
    why_then: str
