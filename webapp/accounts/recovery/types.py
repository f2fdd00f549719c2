"""What the pages of recovery take in, and what they show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import StringConstraints, ValidationInfo, field_validator

from webapp.accounts.types import Email, Password
from webapp.core.inputs import Input

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from webapp.accounts.models import LinkPurpose
    from webapp.core.permissions import Role

LONGEST_SECRET = 64


class ForgottenInput(Input):
    """Whose password is forgotten."""

    email: Email


class NewPasswordInput(Input):
    """A new password, proved by a link's secret."""

    link: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_SECRET)]
    new_password: Password
    repeat_password: Password

    @field_validator("repeat_password")
    @classmethod
    def _same_twice(cls, value: str, info: ValidationInfo) -> str:
        if value != info.data.get("new_password", value):
            message = "The two new passwords differ."
            raise ValueError(message)
        return value


@dataclass(frozen=True, slots=True)
class Link:
    """A good link: whose password it sets, and what for."""

    user_id: UUID
    email: str
    role: Role
    purpose: LinkPurpose


@dataclass(frozen=True, slots=True)
class FreshLink:
    """A link that was made just now; its secret is kept nowhere."""

    secret: str
    expires_at: datetime
