"""Short ways to make plans in tests, and to look at what they did."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from webapp.core import timezones
from webapp.planner import service
from webapp.planner.types import CategoryInput, FocusWindowInput, SlotInput, TaskInput
from webapp.rollups.models import DirtyDay
from webapp.xp.models import XpEntry


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def slot_input(start: str, minutes: int, *, missed: bool = False) -> SlotInput:
    return SlotInput(starts_at=at(start), ends_at=at(start) + timedelta(minutes=minutes), missed=missed)


def task(session, viewer, title, *slots, **fields):
    """Make a task with slots, each (start, minutes)."""
    return service.create_task(
        session, viewer, TaskInput(title=title, slots=[slot_input(*slot) for slot in slots], **fields)
    )


def category(session, viewer, name, color=None):
    return service.create_category(session, viewer, CategoryInput(name=name, color=color))


def focus(session, viewer, start, minutes):
    given = FocusWindowInput(starts_at=at(start), ends_at=at(start) + timedelta(minutes=minutes))
    return service.add_focus_window(session, viewer, given)


def dirty_days(session, viewer):
    return set(session.execute(select(DirtyDay.local_date).where(DirtyDay.user_id == viewer.user_id)).scalars())


def wipe_marks(session):
    session.execute(delete(DirtyDay))


def points(session, viewer):
    """Return the points of each local day that has entries."""
    found = Counter()
    entries = select(XpEntry.earned_at, XpEntry.amount).where(XpEntry.user_id == viewer.user_id)
    for earned_at, amount in session.execute(entries):
        found[timezones.local_date(earned_at, viewer.zone)] += amount
    return dict(found)
