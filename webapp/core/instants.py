"""Instants and dates as inputs: written as ISO 8601, within the years that a school can mean.

An instant may come without an offset; it is then read in the zone of the person, which `placed` does.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from webapp.core import timezones
from webapp.core.errors import InvalidInputError

FIRST_YEAR = 2000
LAST_YEAR = 2100
_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?", re.ASCII | re.IGNORECASE
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _read_instant(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        text = value.strip()
        return datetime.fromisoformat(text.upper() if _INSTANT.fullmatch(text) else "")
    except ValueError:
        message = "Write an instant like 2026-11-20T15:04 or 2026-11-20T15:04:00Z."
        raise ValueError(message) from None


def _read_date(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        text = value.strip()
        return date.fromisoformat(text if _DATE.fullmatch(text) else "")
    except ValueError:
        message = "Write a date like 2026-11-20."
        raise ValueError(message) from None


def _of_our_time(value: date) -> date:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        message = f"The year must lie between {FIRST_YEAR} and {LAST_YEAR}."
        raise ValueError(message)
    return value


Instant = Annotated[datetime, BeforeValidator(_read_instant), AfterValidator(_of_our_time)]
LocalDate = Annotated[date, BeforeValidator(_read_date), AfterValidator(_of_our_time)]


def placed(value: datetime, zone: str, field: str) -> datetime:
    """Return an instant of an input in UTC; without an offset it is read in the zone, the first of two.

    Raises InvalidInputError, naming the field, for a time that the zone's clocks skipped.
    """
    if value.tzinfo is not None:
        return value.astimezone(UTC)
    try:
        return timezones.resolve_local(value, zone)
    except timezones.NonexistentTimeError as error:
        raise InvalidInputError.of(field, str(error)) from error
