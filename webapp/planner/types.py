"""What the planner takes in and gives out.

Instants in inputs may lack an offset; the service reads them in the zone of the person. In a change, a field
that is not given stays as it is, which differs from one given as null.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime  # noqa: TC003 - the API reads the types of rows when it answers
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from webapp.core import clock, colours
from webapp.core.inputs import Input, Line, Notes, PageInput, storable
from webapp.core.instants import Instant, LocalDate
from webapp.core.periods import DateRange
from webapp.core.text import folded
from webapp.planner.models import Priority, TaskStatus

MAXIMUM_CATEGORIES = 2_000
MAXIMUM_TASKS = 50_000
MAXIMUM_SLOTS_PER_TASK = 500
MAXIMUM_SLOTS = 100_000
MAXIMUM_FOCUS_WINDOWS = 20_000
MAXIMUM_TASKS_AT_ONCE = 500
MAXIMUM_SLOT_HOURS = 24
NO_CATEGORY: Final = "none"

TaskSort = Literal["due", "-due", "created", "-created", "title", "-title", "priority", "completed"]


def _palette_key(color: str) -> str:
    """Return the palette key of a key or of a colour like #3b7db6 (the nearest one)."""
    if color in colours.PALETTE:
        return color
    if colours.is_colour(color):
        return colours.nearest(color)
    message = f"Choose one of {', '.join(colours.PALETTE)}."
    raise ValueError(message)


CategoryName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), AfterValidator(storable)
]
Color = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20), AfterValidator(_palette_key)]


def _category_choice(value: object) -> object:
    """Read an id or the word none."""
    if not isinstance(value, str) or value == NO_CATEGORY:
        return value
    try:
        return UUID(value)
    except ValueError:
        message = "This is not an id that we know."
        raise ValueError(message) from None


CategoryChoice = Annotated[UUID | Literal["none"] | None, BeforeValidator(_category_choice)]


# ---------------------------------------------------------------- inputs


class CategoryInput(Input):
    """A new category; without a colour it gets the one used least so far."""

    name: CategoryName
    color: Color | None = None


class CategoryChange(Input):
    """Changes to a category. `id` may be sent back as it is."""

    name: CategoryName = Field(default_factory=str)
    color: Color = Field(default_factory=str)
    archived: bool = Field(default_factory=bool)
    id: UUID | None = None


class SlotInput(Input):
    """Time planned for a task: whole minutes, at most 24 hours."""

    starts_at: Instant
    ends_at: Instant
    missed: bool = False


class SlotChange(Input):
    """Changes to a slot. `id` and `task_id` may be sent back as they are."""

    starts_at: Instant = Field(default_factory=clock.now)
    ends_at: Instant = Field(default_factory=clock.now)
    missed: bool = Field(default_factory=bool)
    id: UUID | None = None
    task_id: UUID | None = None


class TaskInput(Input):
    """A new task, with its first slots if it has any."""

    title: Line
    notes: Notes = ""
    category_id: UUID | None = None
    priority: Priority = Priority.MEDIUM
    due_at: Instant | None = None
    slots: list[SlotInput] = Field(default_factory=list, max_length=MAXIMUM_SLOTS_PER_TASK)


class SlotEcho(Input):
    """A slot of a task, sent back as it was read."""

    id: UUID
    starts_at: Instant
    ends_at: Instant
    missed: bool


class TaskChange(Input):
    """Changes to a task. What has verbs of its own (status, completion, slots) may be sent back as it is."""

    title: Line = Field(default_factory=str)
    notes: Notes = Field(default_factory=str)
    category_id: UUID | None = None
    priority: Priority = Field(default_factory=lambda: Priority.MEDIUM)
    due_at: Instant | None = None
    id: UUID | None = None
    status: TaskStatus | None = None
    completed_at: Instant | None = None
    slots: list[SlotEcho] | None = Field(default=None, max_length=MAXIMUM_SLOTS_PER_TASK)


class TaskForm(Input):
    """The page's form of a task: all fields at once, empty meaning none. Only a new task takes a slot."""

    title: Line
    notes: Notes = ""
    category_id: UUID | None = None
    priority: Priority = Priority.MEDIUM
    due_at: Instant | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None

    @model_validator(mode="after")
    def _whole_slot(self) -> TaskForm:
        if (self.starts_at is None) != (self.ends_at is None):
            message = "Give both when the slot begins and when it ends."
            raise ValueError(message)
        return self

    def as_input(self) -> TaskInput:
        """Return the new task that the form describes."""
        slots = [SlotInput(starts_at=self.starts_at, ends_at=self.ends_at)] if self.starts_at and self.ends_at else []
        return TaskInput(**self._fields(), slots=slots)

    def as_change(self) -> TaskChange:
        """Return the change that makes a task look like the form."""
        return TaskChange(**self._fields())

    def _fields(self) -> dict[str, Any]:
        return self.model_dump(exclude={"starts_at", "ends_at"})


class CompleteInput(Input):
    """When the task was completed; now, unless given. The future is refused."""

    completed_at: Instant | None = None


class TaskIds(Input):
    """Tasks picked from a list."""

    ids: list[UUID] = Field(min_length=1, max_length=MAXIMUM_TASKS_AT_ONCE)


class MissedInput(Input):
    """Whether the time was missed."""

    missed: bool = True


class FocusWindowInput(Input):
    """Time to be kept free for focused work: whole minutes, at most 24 hours."""

    starts_at: Instant
    ends_at: Instant


QuickText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), AfterValidator(storable)
]


class QuickInput(Input):
    """A line of quick text, like “Maths tomorrow 16:00 1h”."""

    text: QuickText


class RangeFilter(Input):
    """Local dates, both inclusive; at most 366 of them."""

    start_date: LocalDate
    end_date: LocalDate

    @field_validator("end_date")
    @classmethod
    def _whole_range(cls, end: date, info: ValidationInfo) -> date:
        return DateRange(info.data["start_date"], end).last if "start_date" in info.data else end


class FocusWindowFilter(PageInput):
    """Which focus windows: those that touch one of the local dates, or all without dates."""

    start_date: LocalDate | None = None
    end_date: LocalDate | None = None

    @field_validator("end_date")
    @classmethod
    def _in_order(cls, end: date | None, info: ValidationInfo) -> date | None:
        first = info.data.get("start_date")
        if first and end and end < first:
            message = "The last date must not be before the first."
            raise ValueError(message)
        return end


class TaskFilter(PageInput):
    """Which tasks, in which order.

    `category_id` may be `none` for tasks without one. With dates, a task is listed when a slot of it, its due
    moment or its completion lies in the range.
    """

    status: TaskStatus | None = None
    category_id: CategoryChoice = None
    priority: Priority | None = None
    q: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(storable)] = ""
    start_date: LocalDate | None = None
    end_date: LocalDate | None = None
    sort: TaskSort = "due"


# ---------------------------------------------------------------- rows


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A category; `color` is a palette key."""

    id: UUID
    name: str
    color: str
    archived: bool


def by_name(row: CategoryRow) -> tuple[str, str]:
    """Return what categories are sorted by."""
    return folded(row.name), row.name


@dataclass(frozen=True, slots=True)
class TaskSlotRow:
    """A slot within its task."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    missed: bool


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task with its slots, in order of time; `category_name` and `color` are None without a category."""

    id: UUID
    title: str
    notes: str
    category_id: UUID | None
    category_name: str | None
    color: str | None
    priority: Priority
    status: TaskStatus
    due_at: datetime | None
    completed_at: datetime | None
    created_at: datetime
    slots: tuple[TaskSlotRow, ...]


@dataclass(frozen=True, slots=True)
class SlotRow:
    """A slot in a calendar, with what is shown of its task."""

    id: UUID
    task_id: UUID
    title: str
    category_id: UUID | None
    category_name: str | None
    color: str | None
    task_status: TaskStatus
    priority: Priority
    starts_at: datetime
    ends_at: datetime
    missed: bool


@dataclass(frozen=True, slots=True)
class FocusWindowRow:
    """A focus window."""

    id: UUID
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class DeletedRow:
    """What was deleted a moment ago and can come back until `until`; times are those of a slot or focus window."""

    id: UUID
    kind: str
    name: str
    starts_at: datetime | None
    ends_at: datetime | None
    until: datetime


@dataclass(frozen=True, slots=True)
class CalendarRows:
    """What lies in a range of days, in order of time; slots of cancelled tasks are among them."""

    slots: list[SlotRow]
    focus_windows: list[FocusWindowRow]
