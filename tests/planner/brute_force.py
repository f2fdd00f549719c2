"""Every figure of METRICS, "Planner figures", straight from the raw rows, one minute after another."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta

from sqlalchemy import select

from webapp.core import timezones
from webapp.planner.models import FocusWindow, Slot, Task, TaskStatus
from webapp.xp.models import XpEntry

MINUTE = timedelta(minutes=1)


def figures_by_day(session, viewer, now):
    """Return {date: {figure: value}} of all dates with any figure that is not 0, and of each category."""
    days = defaultdict(Counter)
    slots = select(Slot.starts_at, Slot.ends_at, Slot.missed, Task.category_id).join(Task, Slot.task_id == Task.id)
    standing = slots.where(Task.user_id == viewer.user_id, Task.status != TaskStatus.CANCELLED)
    windows = select(FocusWindow.starts_at, FocusWindow.ends_at).where(FocusWindow.user_id == viewer.user_id)
    free = {minute for start, end in session.execute(windows) for minute in minutes_of(start, end)}
    planned = set()
    for start, end, missed, category_id in session.execute(standing):
        for minute in minutes_of(start, end):
            figures = days[timezones.local_date(minute, viewer.zone)]
            figures["scheduled"] += 1
            figures["scheduled", category_id] += 1
            figures["studied"] += minute < now and not missed
            figures["passed"] += minute < now
            planned.add(minute)
    for minute in free:
        days[timezones.local_date(minute, viewer.zone)]["available"] += 1
    for minute in free & planned:
        days[timezones.local_date(minute, viewer.zone)]["focus"] += 1
    done = select(Task.completed_at, Task.category_id).where(
        Task.user_id == viewer.user_id, Task.completed_at.is_not(None)
    )
    for completed_at, category_id in session.execute(done):
        figures = days[timezones.local_date(completed_at, viewer.zone)]
        figures["completed"] += 1
        figures["completed", category_id] += 1
    entries = select(XpEntry.earned_at, XpEntry.amount).where(XpEntry.user_id == viewer.user_id)
    for earned_at, amount in session.execute(entries):
        days[timezones.local_date(earned_at, viewer.zone)]["xp"] += amount
    return {day: shown for day, figures in days.items() if (shown := {k: v for k, v in figures.items() if v})}


def minutes_of(start, end):
    minute = start
    while minute < end:
        yield minute
        minute += MINUTE


def changed_days(before, after):
    return {day for day in {*before, *after} if before.get(day) != after.get(day)}
