"""What an export may hold, and how it is shown while it is made and kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Literal

from webapp.core.inputs import Input
from webapp.core.instants import LocalDate
from webapp.exports.models import ExportFormat, ExportStatus

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

KEPT_DAYS: Final = 7
MOST_EXPORTS: Final = 20
MOST_ATTEMPTS: Final = 3

Period = Literal["7d", "28d", "this-week", "month", "quarter", "year", "custom", "everything"]


class ExportKind(StrEnum):
    """What the rows of an export are."""

    DAILY = "daily"
    SLOTS = "slots"
    TASKS = "tasks"


class ExportForm(Input):
    """What is asked for: `first` and `last` (both inclusive) count for the period `custom` alone."""

    kind: ExportKind = ExportKind.DAILY
    file_format: ExportFormat = ExportFormat.CSV
    period: Period = "28d"
    first: LocalDate | None = None
    last: LocalDate | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """The local dates that an export covers, both inclusive; None on both sides means everything there is."""

    first: date | None = None
    last: date | None = None

    def as_parameters(self) -> dict[str, str]:
        """Return the same as plain data."""
        return {"first": self.first.isoformat(), "last": self.last.isoformat()} if self.first and self.last else {}

    @classmethod
    def from_parameters(cls, parameters: dict[str, str]) -> Span:
        """Undo `as_parameters`."""
        if not parameters:
            return cls()
        return cls(date.fromisoformat(parameters["first"]), date.fromisoformat(parameters["last"]))


@dataclass(frozen=True, slots=True)
class ExportRow:
    """An export in its owner's list; `problem` is a sentence that says why it failed."""

    id: UUID
    kind: ExportKind
    file_format: ExportFormat
    span: Span
    status: ExportStatus
    percent: int
    size_bytes: int | None
    problem: str | None
    created_at: datetime
    expires_at: datetime | None

    @property
    def is_pending(self) -> bool:
        """Return whether there is more to come without anyone's doing."""
        return self.status in {ExportStatus.QUEUED, ExportStatus.RUNNING}


@dataclass(frozen=True, slots=True)
class Ready:
    """A finished file: where it lies in the folder of exports, and the name under which it is saved."""

    file_name: str
    save_as: str
    file_format: ExportFormat
