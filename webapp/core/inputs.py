"""The base of every input model: strict, closed, and free of text that no database can hold."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from webapp.core.paging import DEFAULT_LIMIT, MAXIMUM_LIMIT, Page

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
MAXIMUM_OFFSET = 10_000_000


def storable(text: str) -> str:
    """Return the text, or raise ValueError when it holds a NUL or half of a character pair."""
    if UNSTORABLE.search(text):
        message = "Remove the characters that cannot be stored."
        raise ValueError(message)
    return text


def _refuse_unstorable(value: object) -> None:
    if isinstance(value, str):
        storable(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_unstorable(key)
            _refuse_unstorable(item)
    elif isinstance(value, list):
        for item in value:
            _refuse_unstorable(item)


class Input(BaseModel):
    """What a form, a query string or a JSON body must look like; unknown fields are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    @model_validator(mode="after")
    def _only_storable_text(self) -> Self:
        # Not "before": what such a validator returns is no longer read as text, and "5" is then no number.
        _refuse_unstorable(self.__dict__)
        return self


class PageInput(Input):
    """The paging part of a list request."""

    limit: int = Field(default=DEFAULT_LIMIT, ge=1, le=MAXIMUM_LIMIT)
    offset: int = Field(default=0, ge=0, le=MAXIMUM_OFFSET)

    def page(self) -> Page:
        """Return the part of the list that was asked for."""
        return Page(limit=self.limit, offset=self.offset)


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(storable)]
Notes = Annotated[str, StringConstraints(max_length=10_000), AfterValidator(storable)]
