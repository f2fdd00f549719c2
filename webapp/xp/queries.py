"""Reading a person's own points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from webapp.core import timezones
from webapp.core.paging import Listing, Page
from webapp.xp.models import Note, XpEntry
from webapp.xp.types import XpRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.xp.types import LedgerFilter


def total(session: Session, viewer: Viewer) -> int:
    """Return all of the viewer's points: the sum of their ledger."""
    return session.execute(select(func.coalesce(func.sum(XpEntry.amount), 0)).where(_own(viewer))).scalar_one()


def total_between(session: Session, viewer: Viewer, start: datetime, end: datetime) -> int:
    """Return the viewer's points that count in [start, end)."""
    statement = select(func.coalesce(func.sum(XpEntry.amount), 0)).where(
        _own(viewer), XpEntry.earned_at >= start, XpEntry.earned_at < end
    )
    return session.execute(statement).scalar_one()


def entries(session: Session, viewer: Viewer, page: Page = Page()) -> Listing[XpRow]:
    """Return the viewer's ledger, newest cause first."""
    count = session.execute(select(func.count()).select_from(XpEntry).where(_own(viewer))).scalar_one()
    columns = (XpEntry.id, XpEntry.amount, XpEntry.reason, XpEntry.label, XpEntry.earned_at)
    statement = select(*columns).where(_own(viewer)).order_by(XpEntry.earned_at.desc(), XpEntry.id.desc())
    found = session.execute(statement.limit(page.limit).offset(page.offset))
    return Listing([XpRow(*row) for row in found], count, page.limit, page.offset)


def ledger(session: Session, viewer: Viewer, filters: LedgerFilter) -> Listing[XpRow]:
    """Return one page of the viewer's ledger, newest cause first; two statements."""
    conditions = _conditions(viewer, filters)
    count = session.execute(select(func.count()).select_from(XpEntry).where(*conditions)).scalar_one()
    rows = session.execute(_lines(conditions).limit(filters.limit).offset(filters.offset))
    return Listing([XpRow(*row) for row in rows], count, filters.limit, filters.offset)


def all_lines(session: Session, viewer: Viewer, filters: LedgerFilter) -> Iterator[XpRow]:
    """Yield the viewer's ledger, newest cause first, some hundred lines at a time."""
    found = session.execute(_lines(_conditions(viewer, filters)).execution_options(yield_per=500))
    return (XpRow(*row) for row in found)


def given_for(session: Session, user_id: UUID, source_id: UUID) -> tuple[int, Note | None]:
    """Return the points of a person that count for a cause, and why others do not if there are such."""
    statement = select(XpEntry.amount, XpEntry.withheld, XpEntry.note, XpEntry.created_at)
    mine = (XpEntry.source_id == source_id, XpEntry.user_id == user_id)
    rows = session.execute(statement.where(*mine).order_by(XpEntry.created_at, XpEntry.id)).all()
    held_back = [row.note for row in rows if row.withheld > 0 and row.note]
    withheld = sum(row.withheld for row in rows)
    return sum(row.amount for row in rows), Note(held_back[-1]) if withheld and held_back else None


def _lines(conditions: Sequence[ColumnElement[bool]]) -> Any:
    what = (XpEntry.id, XpEntry.amount, XpEntry.reason, XpEntry.label, XpEntry.earned_at)
    statement = select(*what, XpEntry.withheld, XpEntry.note, XpEntry.created_at).where(*conditions)
    return statement.order_by(XpEntry.earned_at.desc(), XpEntry.id.desc())


def _conditions(viewer: Viewer, filters: LedgerFilter) -> list[ColumnElement[bool]]:
    conditions = [_own(viewer)]
    if filters.reason:
        conditions.append(XpEntry.reason == filters.reason)
    if filters.first:
        conditions.append(XpEntry.earned_at >= timezones.day_start(viewer.zone, filters.first))
    if filters.last:
        conditions.append(XpEntry.earned_at < timezones.day_bounds(viewer.zone, filters.last)[1])
    return conditions


def _own(viewer: Viewer) -> ColumnElement[bool]:
    return XpEntry.user_id == viewer.user_id
