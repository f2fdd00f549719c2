"""What the first pages take in and show."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.accounts.types import Email, GivenName, OtherName, Password
from webapp.core.inputs import Input
from webapp.schools.types import Name, WeekStart, Zone


class SetUpInput(Input):
    """The first admin and the first school of an installation."""

    first_name: GivenName
    last_name: OtherName = ""
    email: Email
    password: Password
    school_name: Name
    time_zone: Zone
    week_start: WeekStart = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One of the first steps; `link` names the endpoint that leads to it."""

    title: str
    text: str
    link: str
    done: bool


@dataclass(frozen=True, slots=True)
class SchoolCounts:
    """How many people with an active account there are, in the viewer's school, or in all for an admin."""

    schools: int
    students: int
    teachers: int
