"""What schools take in."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from webapp.core import timezones
from webapp.core.inputs import Input, PageInput, storable
from webapp.schools.models import LeaderboardMode

LONGEST_NAME = 200
LONGEST_SLUG = 63
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def known_zone(name: str) -> str:
    """Return the name when it is one of the zones known here, else raise ValueError."""
    if not timezones.is_zone(name):
        message = "Choose a time zone from the list, such as Europe/London."
        raise ValueError(message)
    return name


def sound_slug(slug: str) -> str:
    """Return the slug when it can stand in an address, else raise ValueError."""
    if not SLUG.fullmatch(slug):
        message = "Use small letters, digits and single dashes, such as north-field."
        raise ValueError(message)
    return slug


def slug_of(name: str) -> str:
    """Return a slug for a school of this name; `school` when the name has no letter or digit that can stand in one."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:LONGEST_SLUG].strip("-") or "school"


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME)]
Slug = Annotated[str, Field(max_length=LONGEST_SLUG), AfterValidator(sound_slug)]
Zone = Annotated[str, AfterValidator(known_zone)]
Search = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100), AfterValidator(storable)]
WeekStart = Annotated[int, Field(ge=0, le=6)]


class SchoolInput(Input):
    """A new school; `week_start` is 0 for Monday."""

    name: Name
    slug: Slug
    time_zone: Zone
    week_start: WeekStart = 0
    leaderboard_mode: LeaderboardMode = LeaderboardMode.OPT_IN


class SchoolChange(Input):
    """Changes to a school; a field that is not given stays as it is. `id` may be sent back as it is."""

    name: Name = Field(default_factory=str)
    slug: Slug = Field(default_factory=str)
    time_zone: Zone = Field(default_factory=str)
    week_start: WeekStart = Field(default_factory=int)
    leaderboard_mode: LeaderboardMode = Field(default_factory=lambda: LeaderboardMode.OPT_IN)
    archived: bool = Field(default_factory=bool)
    id: UUID | None = None


class SchoolFilter(PageInput):
    """Which schools, by name: those in use, unless `archived` asks for the others."""

    q: Search = ""
    archived: bool = False


@dataclass(frozen=True, slots=True)
class SchoolRow:
    """A school as administration sees it; the numbers are of people with an active account."""

    id: UUID
    name: str
    slug: str
    time_zone: str
    week_start: int
    leaderboard_mode: LeaderboardMode
    archived: bool
    is_demo: bool
    students: int = 0
    teachers: int = 0
    managers: int = 0
