"""What the planner's endpoints answer."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import Field

from webapp.planner.models import Priority, TaskStatus
from webapp.web.api import Answer, Instant


class CategoryAnswer(Answer):
    """A category; `color` names a colour of the palette."""

    id: UUID
    name: str
    color: str
    archived: bool


class TaskSlotAnswer(Answer):
    """A slot within its task."""

    id: UUID
    starts_at: Instant
    ends_at: Instant
    missed: bool


class TaskAnswer(Answer):
    """A task with its slots in order of time; `completed_at` is set exactly while the status is completed."""

    id: UUID
    title: str
    notes: str
    category_id: UUID | None
    priority: Priority
    status: TaskStatus
    due_at: Instant | None
    completed_at: Instant | None
    slots: list[TaskSlotAnswer]


class SlotAnswer(TaskSlotAnswer):
    """Time planned for a task."""

    task_id: UUID


class FocusWindowAnswer(Answer):
    """Time that is kept free for focused work."""

    id: UUID
    starts_at: Instant
    ends_at: Instant


class CalendarSlotAnswer(SlotAnswer):
    """A slot with what a calendar shows of its task; `status` and `priority` are the task's."""

    title: str
    category_id: UUID | None
    category: str | None = Field(validation_alias="category_name", description="The category's name.")
    color: str | None
    status: TaskStatus = Field(validation_alias="task_status")
    priority: Priority


class DatesAnswer(Answer):
    """Local dates, both inclusive."""

    start: date
    end: date


class CalendarAnswer(Answer):
    """What lies in a range of local dates, in order of time; slots of cancelled tasks are among them."""

    range: DatesAnswer
    slots: list[CalendarSlotAnswer]
    focus_windows: list[FocusWindowAnswer]
