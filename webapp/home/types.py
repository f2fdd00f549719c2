"""What the first pages take in and show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.accounts.types import Email, GivenName, OtherName, Password
from webapp.core.inputs import Input
from webapp.schools.types import Name, WeekStart, Zone

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

    from webapp.planner.types import SlotRow


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
class DueTask:
    """An open task with a due moment."""

    id: UUID
    title: str
    category_name: str | None
    color: str | None
    due_at: datetime
    overdue: bool


@dataclass(frozen=True, slots=True)
class Agenda:
    """What the planner holds around now, slots of cancelled tasks and missed ones left out.

    `running` are under way, `today` is every slot of the local date, `later` what follows on the days after it.
    """

    now: datetime
    date: date
    running: list[SlotRow]
    today: list[SlotRow]
    later: list[SlotRow]
    due: list[DueTask]

    @property
    def holds_anything(self) -> bool:
        """Tell whether anything is planned or due."""
        return bool(self.running or self.today or self.later or self.due)

    @property
    def next_slot(self) -> SlotRow | None:
        """Return the first slot that has not begun."""
        ahead = [slot for slot in (*self.today, *self.later) if slot.starts_at > self.now]
        return ahead[0] if ahead else None


@dataclass(frozen=True, slots=True)
class Step:
    """One of the first steps; `link` names the endpoint that leads to it."""

    title: str
    text: str
    link: str
    icon: str
    done: bool


@dataclass(frozen=True, slots=True)
class SchoolCounts:
    """How many accounts there are, of each kind, in the viewer's school, or in all for an admin."""

    schools: int
    students: int
    teachers: int
