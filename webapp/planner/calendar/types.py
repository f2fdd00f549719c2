"""What importing a calendar takes in and gives out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from pydantic import model_validator

from webapp.core.inputs import Input
from webapp.core.instants import LocalDate
from webapp.planner.models import ImportTarget

if TYPE_CHECKING:
    from webapp.planner.calendar.findings import Occurrence, Reading

MAXIMUM_WINDOW_DAYS: Final = 366
DEFAULT_WINDOW: Final = timedelta(weeks=12)


class ImportForm(Input):
    """What the events of a file become, and between which local dates (both inclusive)."""

    target: ImportTarget = ImportTarget.SLOTS
    category_id: UUID | None = None
    first: LocalDate
    last: LocalDate

    @model_validator(mode="after")
    def _a_window(self) -> ImportForm:
        days = (self.last - self.first).days + 1
        if days < 1:
            message = "The last day must not be before the first."
            raise ValueError(message)
        if days > MAXIMUM_WINDOW_DAYS:
            message = f"Choose at most {MAXIMUM_WINDOW_DAYS} days; this is {days}."
            raise ValueError(message)
        return self


@dataclass(frozen=True, slots=True)
class Standing:
    """A slot or focus window that an import made before; `task_id` is None for focus windows."""

    id: UUID
    task_id: UUID | None
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """An occurrence that was imported before and has another time now."""

    standing: Standing
    occurrence: Occurrence


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of the times of a file, as the planner stands now."""

    to_add: tuple[Occurrence, ...]
    unchanged: tuple[Occurrence, ...]
    changed: tuple[Change, ...]

    @property
    def has_effect(self) -> bool:
        """Return whether carrying it out would change anything."""
        return bool(self.to_add or self.changed)


@dataclass(frozen=True, slots=True)
class Preview:
    """An import that waits for a yes, and what it would do now; `applied` says that the yes was given."""

    id: UUID
    file_name: str
    target: ImportTarget
    category_name: str | None
    first: date
    last: date
    applied: bool
    plan: Plan
    reading: Reading


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying an import did; `first_day` is the earliest local date that it touched."""

    added: int
    moved: int
    first_day: date | None


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A feed address that is in force; the address itself is not kept."""

    id: UUID
    created_at: datetime


@dataclass(frozen=True, slots=True)
class FeedSlot:
    """A slot as a calendar program gets to see it."""

    id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
