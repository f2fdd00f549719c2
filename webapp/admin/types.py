"""What the administration of people takes in and gives out. In a change, a field that is not given stays as it is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - Pydantic reads the types
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from webapp.accounts.types import Email, OtherName, Password, Zone
from webapp.core.inputs import Input, PageInput, storable
from webapp.core.permissions import Role

LONGEST_USERNAME = 100
LONGEST_NICKNAME = 30
MOST_AT_ONCE = 500
USERNAME = re.compile(r"[^\s,;\"'<>]+")


def sound_username(name: str) -> str:
    """Return the user name as it is kept, in small letters; raise ValueError where it holds what none may hold."""
    if not USERNAME.fullmatch(name):
        message = "Use letters, digits, dots and dashes, without spaces."
        raise ValueError(message)
    return name.lower()


Search = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100), AfterValidator(storable)]
Username = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_USERNAME),
    AfterValidator(storable),
    AfterValidator(sound_username),
]
Nickname = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NICKNAME)]


# ---------------------------------------------------------------- inputs


class NewPerson(Input):
    """A new person. Everyone but an admin has a school; without a password they are invited by mail."""

    email: Email
    role: Role
    first_name: OtherName = ""
    last_name: OtherName = ""
    username: Username | None = None
    school_id: UUID | None = None
    time_zone: Zone | None = Field(default=None, description="null means the school's")
    nickname: Nickname | None = None
    on_leaderboard: bool | None = Field(default=None, description="null means not said yet")
    active: bool = True
    password: Password | None = None


class PersonChange(Input):
    """Changes to a person. `id` may be sent back as it is; setting `password` signs the person out everywhere."""

    email: Email = Field(default_factory=str)
    role: Role = Field(default_factory=lambda: Role.STUDENT)
    first_name: OtherName = Field(default_factory=str)
    last_name: OtherName = Field(default_factory=str)
    username: Username | None = None
    school_id: UUID | None = None
    time_zone: Zone | None = None
    nickname: Nickname | None = None
    on_leaderboard: bool | None = None
    active: bool = Field(default_factory=bool)
    password: Password | None = None
    id: UUID | None = None


class PersonForm(Input):
    """The page's form of a person: all fields at once, empty meaning none."""

    email: Email
    role: Role
    first_name: OtherName = ""
    last_name: OtherName = ""
    username: Username | None = None
    school_id: UUID | None = None
    time_zone: Zone | None = None


class BulkAction(StrEnum):
    """What can be done to several people at once."""

    DEACTIVATE = "deactivate"
    ACTIVATE = "activate"
    END_SESSIONS = "end_sessions"
    ADD_TO_CLASS = "add_to_class"
    INVITE = "invite"


class BulkInput(Input):
    """People who were picked, or with `everyone` all who fit the filters of the list, and what to do to them."""

    action: BulkAction
    user_ids: list[UUID] = Field(default_factory=list, max_length=MOST_AT_ONCE)
    everyone: bool = False
    class_id: UUID | None = None


class Seen(StrEnum):
    """When somebody was last here."""

    TODAY = "today"
    WEEK = "week"
    MONTH = "month"
    LONGER = "longer"
    NEVER = "never"


class Sorting(StrEnum):
    """How a list of people is sorted; a dash turns it around."""

    NAME = "name"
    NAME_DOWN = "-name"
    EMAIL = "email"
    SEEN = "seen"
    SEEN_DOWN = "-seen"


class PersonFilter(PageInput):
    """Which people. Every word of `search` begins a word of their name, user name or address."""

    search: Search = ""
    role: Role | None = None
    school_id: UUID | None = None
    class_id: UUID | None = None
    active: bool | None = None
    seen: Seen | None = None
    invited: bool | None = Field(default=None, description="true: they have no way in yet, neither password nor link")
    unreached: bool | None = Field(default=None, description="true: a mail to them failed within the last 7 days")
    sort: Sorting = Sorting.NAME

    @property
    def leaves_out(self) -> bool:
        """Return whether a filter leaves people out."""
        told = (self.search, self.role, self.school_id, self.class_id, self.seen)
        return any(told) or any(said is not None for said in (self.active, self.invited, self.unreached))

    @property
    def is_counted_anew(self) -> bool:
        """Return whether no tally knows how many fit."""
        return bool(self.class_id or self.seen) or self.invited is not None or self.unreached is not None


# ---------------------------------------------------------------- rows


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person in a list. `last_seen_at` is None for those who were never here; `invited`, who have no way in yet."""

    id: UUID
    email: str
    username: str | None
    first_name: str
    last_name: str
    role: Role
    school_id: UUID | None
    school_name: str | None
    active: bool
    last_seen_at: datetime | None
    invited: bool

    @property
    def name(self) -> str:
        """Return the full name, or the address where no name is known."""
        return f"{self.first_name} {self.last_name}".strip() or self.email


@dataclass(frozen=True, slots=True)
class Stats:
    """What a person does: classes and students for those who teach; classes, enrolments and XP for students."""

    classes: int = 0
    students: int = 0
    enrolments: int = 0
    xp: int = 0


@dataclass(frozen=True, slots=True)
class PersonDetail:
    """A person with all that administration may know of them."""

    id: UUID
    email: str
    username: str | None
    first_name: str
    last_name: str
    role: Role
    school_id: UUID | None
    school_name: str | None
    time_zone: str | None
    nickname: str | None
    on_leaderboard: bool | None
    active: bool
    invited: bool
    is_demo: bool
    created_at: datetime
    last_seen_at: datetime | None
    sessions: int
    stats: Stats = field(default_factory=Stats)

    @property
    def name(self) -> str:
        """Return the full name, or the address where no name is known."""
        return f"{self.first_name} {self.last_name}".strip() or self.email


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a bulk action for one person; `problem` is why nothing was done."""

    user_id: UUID
    name: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a bulk action; `missing` counts ids of people who are not there for the viewer.

    `more` says that others fit as well, for whom it was not done yet.
    """

    action: BulkAction
    people: list[Done]
    missing: int = 0
    more: bool = False

    @property
    def done(self) -> int:
        """Return for how many it was done."""
        return sum(not person.problem for person in self.people)

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {"action": self.action.value, "done": self.done, "refused": len(self.people) - self.done}
