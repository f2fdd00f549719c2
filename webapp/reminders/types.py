"""What the page of reminders takes in, and what a reminder says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, ValidationInfo, field_validator

from webapp.core.inputs import Input

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from uuid import UUID

    from webapp.core.periods import DateRange
    from webapp.core.permissions import Viewer
    from webapp.goals.types import GoalProgress
    from webapp.reminders.models import ReminderKind
    from webapp.reminders.times import Place, QuietHours
    from webapp.rollups.types import Figures

CLOCK_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


def clock_time(text: str) -> str:
    """Return a time such as 07:30, else raise ValueError."""
    if not CLOCK_TIME.fullmatch(text):
        message = "Enter a time, such as 21:30."
        raise ValueError(message)
    return text


ClockTime = Annotated[str, AfterValidator(clock_time)]


class RemindersInput(Input):
    """Which reminders one wants; a box that is not ticked is not sent. Quiet hours have both ends or none."""

    weekly_digest: bool = False
    goal_at_risk: bool = False
    quiet_from: ClockTime | None = None
    quiet_until: ClockTime | None = None

    @field_validator("quiet_until")
    @classmethod
    def _later(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and value == info.data.get("quiet_from"):
            message = "Quiet hours need an end that differs from their beginning."
            raise ValueError(message)
        return value


@dataclass(frozen=True, slots=True)
class RemindersRow:
    """A person's reminders: when each that is on comes next, and the quiet hours."""

    due: Mapping[ReminderKind, datetime]
    quiet: QuietHours | None


@dataclass(frozen=True, slots=True)
class Due:
    """A reminder that a job is to look at. `named` is that of `ReminderSubscription`."""

    kind: ReminderKind
    viewer: Viewer
    place: Place
    named: Mapping[str, Any]

    @property
    def user_id(self) -> UUID:
        """Return whose it is."""
        return self.viewer.user_id


@dataclass(frozen=True, slots=True)
class Digest:
    """A week in review, and the plan of the one that begins.

    `goals` stand as in the week, or in the month that held its last day. `plan` has the scheduled minutes of each
    date of the week that begins; `insight` is a sentence, or empty.
    """

    week: DateRange
    figures: Figures
    before: Figures
    streak: int
    goals: tuple[GoalProgress, ...]
    next_week: DateRange
    plan: tuple[tuple[date, int], ...]
    insight: str

    @property
    def planned_minutes(self) -> int:
        """Return the scheduled minutes of the week that begins."""
        return sum(minutes for _, minutes in self.plan)

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to say: nothing was planned, studied or done, and nothing is planned."""
        week = self.figures
        return not (week.scheduled_minutes or week.completed_tasks_count or self.planned_minutes)


@dataclass(frozen=True, slots=True)
class GoalWarning:
    """Goals in danger with time left to do something about them; those not written about before come first."""

    day: date
    goals: tuple[GoalProgress, ...]
