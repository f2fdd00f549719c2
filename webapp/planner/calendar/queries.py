"""Reading imports, feeds, and the slots that a feed shows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from webapp.accounts.identity import viewer_for
from webapp.core import clock, timezones
from webapp.core.errors import NotFoundError
from webapp.core.secrets import hash_secret
from webapp.planner.calendar.findings import Reading
from webapp.planner.calendar.merging import compared
from webapp.planner.calendar.types import FeedRow, FeedSlot, Preview, Standing
from webapp.planner.models import (
    CalendarFeed,
    CalendarImport,
    Category,
    FocusWindow,
    ImportTarget,
    Slot,
    Task,
    TaskStatus,
)

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer

FEED_DAYS_BEFORE = 90
FEED_DAYS_AFTER = 366


def preview(session: Session, viewer: Viewer, import_id: UUID) -> Preview:
    """Return one of the viewer's imports and what applying it would do now, or raise NotFoundError."""
    row = load_import(session, viewer, import_id)
    reading = Reading.from_json(row.content)
    category = session.scalar(select(Category.name).where(Category.id == row.category_id)) if row.category_id else None
    return Preview(
        id=row.id,
        file_name=row.file_name,
        target=row.target,
        category_name=category,
        first=row.first_date,
        last=row.last_date,
        applied=row.applied_at is not None,
        plan=compared(reading.occurrences, standing(session, viewer, row.target)),
        reading=reading,
    )


def load_import(session: Session, viewer: Viewer, import_id: UUID) -> CalendarImport:
    """Return the viewer's import while it is kept, or raise NotFoundError."""
    mine = (CalendarImport.id == import_id, CalendarImport.user_id == viewer.user_id)
    statement = select(CalendarImport).where(*mine, CalendarImport.expires_at > clock.now())
    found = session.execute(statement.execution_options(populate_existing=True)).scalar_one_or_none()
    if found is None:
        raise NotFoundError("There is no such import, or it has waited too long. Choose the file again.")
    return found


def standing(session: Session, viewer: Viewer, target: ImportTarget) -> dict[str, Standing]:
    """Return what the viewer's earlier imports made, by import key."""
    if target is ImportTarget.SLOTS:
        slots = select(Slot.import_key, Slot.id, Slot.task_id, Slot.starts_at, Slot.ends_at)
        slots = slots.where(Slot.user_id == viewer.user_id, Slot.import_key.is_not(None))
        return {str(row.import_key): Standing(*row[1:]) for row in session.execute(slots)}
    windows = select(FocusWindow.import_key, FocusWindow.id, FocusWindow.starts_at, FocusWindow.ends_at)
    windows = windows.where(FocusWindow.user_id == viewer.user_id, FocusWindow.import_key.is_not(None))
    return {str(row.import_key): Standing(row.id, None, row.starts_at, row.ends_at) for row in session.execute(windows)}


def feeds(session: Session, viewer: Viewer) -> list[FeedRow]:
    """Return the viewer's addresses that are in force, newest first."""
    mine = (CalendarFeed.user_id == viewer.user_id, CalendarFeed.revoked_at.is_(None))
    columns = select(CalendarFeed.id, CalendarFeed.created_at).where(*mine)
    return [FeedRow(*row) for row in session.execute(columns.order_by(CalendarFeed.id.desc()))]


def feed_owner(session: Session, secret: str) -> Viewer:
    """Return whose slots a secret address shows, or raise NotFoundError: unknown, revoked, or a closed account."""
    found = select(CalendarFeed.user_id).where(
        CalendarFeed.token_hash == hash_secret(secret), CalendarFeed.revoked_at.is_(None)
    )
    user_id = session.scalar(found)
    owner = viewer_for(session, user_id) if user_id else None
    if owner is None:
        raise NotFoundError
    return owner


def feed_dates(viewer: Viewer) -> tuple[date, date]:
    """Return the local dates that a feed covers today, both inclusive."""
    today = timezones.local_date(clock.now(), viewer.zone)
    return today - timedelta(days=FEED_DAYS_BEFORE), today + timedelta(days=FEED_DAYS_AFTER)


def feed_slots(session: Session, viewer: Viewer, first: date, last: date) -> list[FeedSlot]:
    """Return the viewer's slots that begin on the local dates, those of cancelled tasks left out."""
    start, end = timezones.range_bounds(viewer.zone, first, last)
    statement = (
        select(Slot.id, Task.title, Slot.starts_at, Slot.ends_at, Slot.created_at)
        .join(Task, Slot.task_id == Task.id)
        .where(Slot.user_id == viewer.user_id, Slot.starts_at >= start, Slot.starts_at < end)
        .where(Task.status != TaskStatus.CANCELLED)
        .order_by(Slot.starts_at, Slot.id)
    )
    return [FeedSlot(*row) for row in session.execute(statement)]
