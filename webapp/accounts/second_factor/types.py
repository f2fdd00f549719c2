"""What the pages of second factors take in, and what they show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import StringConstraints

from webapp.accounts.types import Password
from webapp.core.inputs import Input

if TYPE_CHECKING:
    from datetime import datetime

Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


class CodeInput(Input):
    """A code from the phone, or a recovery code."""

    code: Code


class RemovalInput(Input):
    """Doing without codes, proved by the password."""

    current_password: Password


class RequirementInput(Input):
    """Whether staff of a school need codes; a box that is not ticked is not sent."""

    staff_need_codes: bool = False


@dataclass(frozen=True, slots=True)
class SetUp:
    """A secret that waits to be confirmed: as a drawing for the phone's camera, and to type."""

    drawing: str
    secret: str


@dataclass(frozen=True, slots=True)
class FactorRow:
    """Since when codes are asked for, and how many recovery codes are left.

    `is_required` is what the school insists on, `is_offered` whether codes can be set up here at all.
    """

    since: datetime | None
    codes_left: int
    is_required: bool
    is_offered: bool
