"""Kinds of activity, what is gathered of a request, and rows as they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID


class ActivityType(StrEnum):
    """What kind of thing somebody did. A `failure` is an attempt at any of the others that was refused."""

    VISIT = "visit"
    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    VIEW = "view"
    CREATE = "create"
    EDIT = "edit"
    DELETE = "delete"
    DOWNLOAD = "download"
    EXPORT = "export"
    IMPORT = "import"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Doing:
    """One thing that a person did, on its way to the database; `opened_page` says that it opened a page as well."""

    user_id: UUID
    type: ActivityType
    name: str
    occurred_at: datetime
    status: int
    details: dict[str, Any]
    address: str
    user_agent: str
    opened_page: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """That a person opened a page, from where."""

    user_id: UUID
    at: datetime
    address: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """An activity as lists show it; `address` is None for those who may not know it."""

    id: UUID
    user_id: UUID
    user_name: str
    school_id: UUID | None
    type: ActivityType
    name: str
    occurred_at: datetime
    status: int
    details: dict[str, Any]
    address: str | None
    user_agent: str

    @property
    def failed(self) -> bool:
        """Return whether it was refused."""
        return self.type is ActivityType.FAILURE


@dataclass(frozen=True, slots=True)
class DayActivity:
    """How many people were active on a date, and how often."""

    day: date
    people: int
    activities: int
