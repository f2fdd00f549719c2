"""The columns of each kind of export; CSV and spreadsheets share them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.analytics.daily_csv import COLUMNS as DAILY
from webapp.core.intervals import MINUTE
from webapp.core.tables import Column
from webapp.core.timezones import to_local
from webapp.exports.types import ExportKind

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.planner.types import SlotRow, TaskRow


def columns_for(kind: ExportKind, zone: str) -> list[Column[Any]]:
    """Return the columns of an export; local dates and times are those of the zone."""
    if kind is ExportKind.DAILY:
        return list(DAILY)
    return _slots(zone) if kind is ExportKind.SLOTS else _tasks()


def _slots(zone: str) -> list[Column[SlotRow]]:
    def shown(instant: datetime, pattern: str) -> str:
        return to_local(instant, zone).strftime(pattern)

    return [
        Column("date", "date", lambda slot: to_local(slot.starts_at, zone).date()),
        Column("start_time", "start_time", lambda slot: shown(slot.starts_at, "%H:%M")),
        Column("end_time", "end_time", lambda slot: shown(slot.ends_at, "%H:%M")),
        Column("minutes", "minutes", lambda slot: (slot.ends_at - slot.starts_at) // MINUTE),
        Column("task", "task", lambda slot: slot.title),
        Column("category", "category", lambda slot: slot.category_name),
        Column("priority", "priority", lambda slot: slot.priority.value),
        Column("task_status", "task_status", lambda slot: slot.task_status.value),
        Column("missed", "missed", lambda slot: slot.missed),
        Column("starts_at", "starts_at", lambda slot: slot.starts_at),
        Column("ends_at", "ends_at", lambda slot: slot.ends_at),
    ]


def _tasks() -> list[Column[TaskRow]]:
    return [
        Column("title", "title", lambda task: task.title),
        Column("category", "category", lambda task: task.category_name),
        Column("priority", "priority", lambda task: task.priority.value),
        Column("status", "status", lambda task: task.status.value),
        Column("due_at", "due_at", lambda task: task.due_at),
        Column("completed_at", "completed_at", lambda task: task.completed_at),
        Column("created_at", "created_at", lambda task: task.created_at),
        Column("slots", "slots", lambda task: len(task.slots)),
        Column("scheduled_minutes", "scheduled_minutes", _minutes),
        Column("notes", "notes", lambda task: task.notes),
    ]


def _minutes(task: TaskRow) -> int:
    return sum((slot.ends_at - slot.starts_at) // MINUTE for slot in task.slots)
