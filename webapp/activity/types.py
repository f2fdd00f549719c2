"""Kinds of activity, what is gathered of a request, and rows as they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from pydantic import StringConstraints

from webapp.core.inputs import Input, PageInput
from webapp.core.instants import LocalDate

if TYPE_CHECKING:
    from datetime import date, datetime

    from webapp.core.periods import DateRange


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


class ActivityFilter(Input):
    """Which activities are wanted, newest first. Dates are those of the school, both inclusive."""

    user_id: UUID | None = None
    school_id: UUID | None = None
    activity_type: ActivityType | None = None
    date_from: LocalDate | None = None
    date_to: LocalDate | None = None


class ActivityListFilter(ActivityFilter, PageInput):
    """As `ActivityFilter`, and which page."""


class ActivityLogFilter(ActivityFilter):
    """As `ActivityFilter`, and after which row the page begins."""

    cursor: Annotated[str, StringConstraints(max_length=100)] | None = None


SummaryKey = Literal["activity_type", "user", "day"]


class SummaryFilter(Input):
    """What is counted, over which dates (the last 30 days unless given), by what."""

    group_by: SummaryKey = "activity_type"
    user_id: UUID | None = None
    school_id: UUID | None = None
    date_from: LocalDate | None = None
    date_to: LocalDate | None = None


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """A page of the log; `cursor` asks for the next, None when there is none."""

    rows: list[ActivityRow]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """How often: `key` is a type, a date or a person's id, `label` what people call it; percentages of the total."""

    key: str
    label: str
    count: int
    percentage: float


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of activities over dates, both inclusive: the most frequent first, days in their order.

    Of people, at most 100 are listed; the total counts all.
    """

    items: list[SummaryRow]
    total: int
    dates: DateRange
