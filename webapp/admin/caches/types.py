"""What letting go of kept answers takes in and gives out."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from webapp.core.inputs import Input


class CacheInput(Input):
    """Whose kept answers are to be let go: those of a school, or all."""

    school_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Forgotten:
    """For how many schools kept answers were let go, and how many were found.

    `in_redis` is None where Redis is away: nothing is read from it meanwhile, and nothing old afterwards. `here` counts
    those of the process that answered; the others let go of theirs unasked.
    """

    schools: int
    in_redis: int | None
    here: int
