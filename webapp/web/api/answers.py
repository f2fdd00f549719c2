"""What answers are made of: closed models, and instants in UTC. Figures come rounded from core/ratios.py."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

Item = TypeVar("Item")


def _in_utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Count = Annotated[int, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, le=1, description="A fraction 0..1, rounded half-up to 4 decimals.")]


class Answer(BaseModel):
    """Base of every answer: read from a row's attributes, and with no field but those declared."""

    model_config = ConfigDict(from_attributes=True, frozen=True, extra="forbid")


class ListAnswer(Answer, Generic[Item]):
    """One page of a list; `total` counts the whole list that the viewer may see."""

    items: list[Item]
    total: int = Field(ge=0)
    limit: int = Field(ge=1)
    offset: int = Field(ge=0)


class RefusedField(Answer):
    """One field that was refused, and what to do about it."""

    field: str
    message: str


class Problem(Answer):
    """An error, as RFC 9457 describes it; `errors` names the fields that were refused."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[RefusedField]
