"""What terms, holidays and days off take in and give out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, NamedTuple
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator

from webapp.core.inputs import Input, storable
from webapp.core.instants import LocalDate

LONGEST_NAME = 100
LONGEST_SPAN = 366
MOST_TERMS = 200
MOST_HOLIDAYS = 1_000
MOST_DAYS_OFF = 2_000

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME), AfterValidator(storable)
]


class Span(NamedTuple):
    """Local dates, both inclusive."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """Return the number of dates."""
        return (self.last - self.first).days + 1


def _not_before(last: date, first: date | None) -> date:
    if first is not None and last < first:
        message = "The last date must not be before the first."
        raise ValueError(message)
    if first is not None and last - first >= timedelta(days=LONGEST_SPAN):
        message = f"At most {LONGEST_SPAN} days at a time."
        raise ValueError(message)
    return last


class SpanInput(Input):
    """A term or a holiday: its name, and its first and last date. `school_id` is for admins, who have no school."""

    name: Name
    starts_on: LocalDate
    ends_on: LocalDate
    school_id: UUID | None = None

    @field_validator("ends_on")
    @classmethod
    def _in_order(cls, last: date, info: ValidationInfo) -> date:
        return _not_before(last, info.data.get("starts_on"))


class SchoolQuery(Input):
    """Whose terms: the viewer's school, unless an admin says which."""

    school_id: UUID | None = None


class DaysOffInput(Input):
    """Days to take off, or to take back: one date, or all from the first to the last."""

    first: LocalDate
    last: LocalDate | None = Field(default=None, validate_default=True)

    @field_validator("last")
    @classmethod
    def _in_order(cls, last: date | None, info: ValidationInfo) -> date | None:
        return None if last is None else _not_before(last, info.data.get("first"))

    @property
    def span(self) -> Span:
        """Return the dates that are meant."""
        return Span(self.first, self.last or self.first)


@dataclass(frozen=True, slots=True)
class TermRow:
    """A term or a holiday of a school; both dates inclusive."""

    id: UUID
    school_id: UUID
    name: str
    starts_on: date
    ends_on: date

    @property
    def days(self) -> int:
        """Return the number of dates."""
        return (self.ends_on - self.starts_on).days + 1


class SchoolChoice(NamedTuple):
    """A school to choose."""

    id: UUID
    name: str
