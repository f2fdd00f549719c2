"""What accounts take in and give out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator

from webapp.accounts.models import Theme
from webapp.core import timezones
from webapp.core.inputs import Input
from webapp.core.permissions import Role

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

LONGEST_ADDRESS = 254
LONGEST_NAME = 100
LONGEST_PASSWORD = 1000
ADDRESS = re.compile(r"""[^\s@"(),:;<>\[\]\\]+@[^\s@"(),:;<>\[\]\\]+""")


def known_zone(name: str) -> str:
    """Return the name when it is one of the zones known here, else raise ValueError."""
    if not timezones.is_zone(name):
        message = "Choose a time zone from the list, such as Europe/London."
        raise ValueError(message)
    return name


@cache
def zone_choices() -> tuple[tuple[str, str], ...]:
    """Return every zone as its name and its name for people."""
    return tuple((name, name.replace("_", " ")) for name in timezones.zone_names())


def lower(address: str) -> str:
    """Return the address in the form in which accounts are kept."""
    return address.strip().lower()


def looks_like_address(address: str) -> str:
    """Return the mail address in lower case, else raise ValueError.

    Names of closed networks are fine: Milepost may live in one.
    """
    if not ADDRESS.fullmatch(address.strip()):
        message = "Enter a mail address, such as name@school.example."
        raise ValueError(message)
    return lower(address)


Email = Annotated[str, Field(max_length=LONGEST_ADDRESS), AfterValidator(looks_like_address)]
Zone = Annotated[str, AfterValidator(known_zone)]
GivenName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME)]
OtherName = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_NAME)]
Password = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_PASSWORD)]


class Scope(StrEnum):
    """What a token may do."""

    READ = "read"
    WRITE = "write"
    EVENTS = "events"


class Lifetime(StrEnum):
    """How long a new token is good, in days."""

    MONTH = "30"
    QUARTER = "90"
    YEAR = "365"
    ENDLESS = "never"

    @property
    def days(self) -> int | None:
        """Return the number of days, or None for a token that does not expire."""
        return None if self is Lifetime.ENDLESS else int(self.value)


class SignInInput(Input):
    """What the sign-in form sends; the address is not checked for form, so that every refusal reads the same."""

    email: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ADDRESS), AfterValidator(lower)]
    password: Password


class PersonInput(Input):
    """A new person; `time_zone` None means the school's."""

    email: Email
    role: Role
    first_name: OtherName = ""
    last_name: OtherName = ""
    time_zone: Zone | None = None
    password: Password | None = None


class AccountInput(Input):
    """What people change about themselves; a box that is not ticked is not sent."""

    first_name: GivenName
    last_name: OtherName = ""
    time_zone: Zone | None = None
    theme: Theme = Theme.AUTO
    shortcuts_enabled: bool = False


class ThemeInput(Input):
    """The theme alone, for the switch in the page's head."""

    theme: Theme


class PasswordInput(Input):
    """A new password, proved by the present one."""

    current_password: Password
    new_password: Password
    repeat_password: Password

    @field_validator("repeat_password")
    @classmethod
    def _same_twice(cls, value: str, info: ValidationInfo) -> str:
        if value != info.data.get("new_password", value):
            message = "The two new passwords differ."
            raise ValueError(message)
        return value


class TokenInput(Input):
    """A new token."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))]
    lifetime: Lifetime = Lifetime.QUARTER


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A browser that is signed in, since when and by what; `current` is the one that asks."""

    id: UUID
    device: str
    address: str
    method: str
    created_at: datetime
    last_seen_at: datetime
    current: bool


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token that is still good, without its secret."""

    id: UUID
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class AccountRow:
    """What the account page shows; `time_zone` None means the school's."""

    email: str
    first_name: str
    last_name: str
    role: Role
    time_zone: str | None
    school_name: str | None
    school_zone: str | None
    theme: Theme
    shortcuts_enabled: bool
