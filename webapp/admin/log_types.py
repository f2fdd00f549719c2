"""What the page of the audit log takes in and gives out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, StringConstraints

from webapp.core.inputs import Input, storable
from webapp.core.instants import LocalDate

if TYPE_CHECKING:
    from datetime import datetime

Action = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=60, pattern=r"^[a-z_.]*$"), AfterValidator(storable)
]


class LogFilter(Input):
    """Which entries: whose deeds, what was done, to whom or what, at which school, from when until when.

    `action` is a whole name or how one begins, such as `user.`. The dates are the viewer's. `before` is the last entry
    of the page before.
    """

    actor_id: UUID | None = None
    target_id: UUID | None = None
    school_id: UUID | None = None
    action: Action = ""
    start: LocalDate | None = None
    end: LocalDate | None = None
    before: UUID | None = None


@dataclass(frozen=True, slots=True)
class LogRow:
    """An entry with the names that its ids have today; a name is None where the id leads to nobody any more."""

    id: UUID
    occurred_at: datetime
    action: str
    actor_id: UUID | None
    actor_name: str | None
    actor_role: str | None
    as_user_id: UUID | None
    as_name: str | None
    target_kind: str | None
    target_id: UUID | None
    target_name: str | None
    school_id: UUID | None
    school_name: str | None
    detail: dict[str, Any]
    address: str
    place: int
    digest: str


@dataclass(frozen=True, slots=True)
class LogPage:
    """One page of the log; `before` is what the next one asks for, None on the last."""

    rows: list[LogRow]
    before: UUID | None
