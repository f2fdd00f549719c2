"""What a list says of a task beside its title: when it is due, and what is planned for it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from webapp.core import timezones
from webapp.core.colours import UNCATEGORISED
from webapp.core.intervals import Interval, total_minutes
from webapp.planner.models import Priority, TaskStatus

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from webapp.planner.types import TaskRow, TaskSlotRow


LONGEST_NOTE = 80


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task as a list shows it. Times are in words; `planned_minutes` sums all its slots.

    `when` says which moment is shown (done, overdue, due or empty), `plan` what is said of its slots (next, some,
    none or empty).
    """

    id: str
    title: str
    notes: str
    status: str
    category: str
    color: str
    due: str
    completed: str
    next_text: str
    next_slot: TaskSlotRow | None
    planned_minutes: int
    when: str
    plan: str
    is_open: bool
    is_overdue: bool
    is_urgent: bool


def task_lines(tasks: Iterable[TaskRow], now: datetime, zone: str) -> list[TaskLine]:
    """Return the lines of a list for a reader in the zone."""
    return [task_line(task, now, zone) for task in tasks]


def task_line(task: TaskRow, now: datetime, zone: str) -> TaskLine:
    """Return the line of one task."""
    upcoming = next((slot for slot in task.slots if slot.ends_at > now and not slot.missed), None)
    is_open = task.status is TaskStatus.OPEN
    is_overdue = is_open and task.due_at is not None and task.due_at < now
    planned = total_minutes(Interval(slot.starts_at, slot.ends_at) for slot in task.slots)
    return TaskLine(
        id=str(task.id),
        title=task.title,
        notes=shortened(task.notes),
        status=task.status.value,
        category=task.category_name or "",
        color=task.color or UNCATEGORISED,
        due=moment(task.due_at, now, zone) if task.due_at else "",
        completed=moment(task.completed_at, now, zone) if task.completed_at else "",
        next_text=moment(upcoming.starts_at, now, zone) if upcoming else "",
        next_slot=upcoming,
        planned_minutes=planned,
        when="done" if task.completed_at else "overdue" if is_overdue else "due" if task.due_at else "",
        plan="next" if upcoming else "some" if planned else "none" if is_open else "",
        is_open=is_open,
        is_overdue=is_overdue,
        is_urgent=is_open and task.priority is Priority.HIGH,
    )


def shortened(notes: str) -> str:
    """Return the beginning of notes, in one line."""
    line = " ".join(notes[: 4 * LONGEST_NOTE].split())
    return line if len(line) <= LONGEST_NOTE else f"{line[:LONGEST_NOTE].rstrip()}…"


def moment(instant: datetime, now: datetime, zone: str) -> str:
    """Return an instant in words, like `today, 18:00` or `Thu 19 Nov, 18:00`; another year is named."""
    local = timezones.to_local(instant, zone)
    return f"{_day(local.date(), timezones.to_local(now, zone).date())}, {local:%H:%M}"


def _day(day: date, today: date) -> str:
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get((day - today) // timedelta(days=1))
    if near:
        return near
    year = f" {day.year}" if day.year != today.year else ""
    return f"{day:%a} {day.day} {day:%b}{year}"
