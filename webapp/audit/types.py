"""What the audit log takes in and gives out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import TypeAlias

DetailValue: TypeAlias = str | int | bool | UUID | list[str] | list[int] | None


class Target(NamedTuple):
    """What an action was done to: a kind such as `user`, `school`, `class`, and its id."""

    kind: str
    id: UUID


@dataclass(frozen=True, slots=True)
class Written:
    """What an entry says, before it has a place in its chain."""

    id: UUID
    chain_id: UUID
    occurred_at: datetime
    actor_id: UUID | None
    actor_role: str | None
    as_user_id: UUID | None
    action: str
    target_kind: str | None
    target_id: UUID | None
    detail: Mapping[str, object]
    address: str


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain does not hold: the first place that is not as it was written, and why."""

    chain_id: UUID
    place: int
    reason: str
