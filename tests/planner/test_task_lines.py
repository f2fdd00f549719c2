"""What a list says of a task beside its title."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from webapp.db.base import new_id
from webapp.planner.models import Priority, TaskStatus
from webapp.planner.task_lines import moment, shortened, task_line
from webapp.planner.types import TaskRow, TaskSlotRow

NOW = datetime(2026, 11, 18, 11, 0, tzinfo=UTC)


def row(*slots, status=TaskStatus.OPEN, **fields) -> TaskRow:
    usual = {
        "id": new_id(),
        "title": "Essay",
        "notes": "",
        "category_id": None,
        "category_name": None,
        "color": None,
        "priority": Priority.MEDIUM,
        "due_at": None,
        "completed_at": None,
        "created_at": NOW,
    }
    times = tuple(
        TaskSlotRow(new_id(), start, start + timedelta(minutes=length), missed) for start, length, missed in slots
    )
    return TaskRow(**{**usual, "status": status, **fields}, slots=times)


def line(*slots, **fields):
    return task_line(row(*slots, **fields), NOW, "Europe/Berlin")


@pytest.mark.parametrize(
    ("instant", "words"),
    [
        (NOW, "today, 12:00"),
        (NOW + timedelta(days=1), "tomorrow, 12:00"),
        (NOW - timedelta(hours=13), "yesterday, 23:00"),
        (NOW + timedelta(days=2), "Fri 20 Nov, 12:00"),
        (NOW + timedelta(days=60), "Sun 17 Jan 2027, 12:00"),
    ],
)
def test_moments_in_words(instant, words):
    assert moment(instant, NOW, "Europe/Berlin") == words


def test_what_is_overdue():
    assert line(due_at=NOW - timedelta(minutes=1)).when == "overdue"
    assert line(due_at=NOW).when == "due"
    assert line(due_at=NOW - timedelta(days=1), status=TaskStatus.COMPLETED, completed_at=NOW).when == "done"
    assert line(due_at=NOW - timedelta(days=1), status=TaskStatus.CANCELLED).when == "due"
    assert line().when == ""


def test_what_is_planned():
    past, missed, coming = (NOW - timedelta(days=1), 60, False), (NOW + timedelta(hours=1), 60, True), (NOW, 45, False)
    assert (line().plan, line(status=TaskStatus.CANCELLED).plan) == ("none", "")
    assert (line(past, missed).plan, line(past, missed).planned_minutes) == ("some", 120)
    found = line(past, missed, coming)
    assert (found.plan, found.next_text, found.planned_minutes) == ("next", "today, 12:00", 165)


def test_only_open_tasks_are_urgent():
    assert line(priority=Priority.HIGH).is_urgent
    assert not line(priority=Priority.HIGH, status=TaskStatus.CANCELLED).is_urgent


def test_long_notes_are_shortened_to_a_line():
    assert shortened("one\n\ntwo") == "one two"
    assert shortened("word " * 100) == f"{'word ' * 15}word…"
    assert len(shortened("x" * 500)) == 81
