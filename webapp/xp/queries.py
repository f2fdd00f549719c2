"""Reading a person's own points."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from webapp.core.paging import Listing, Page
from webapp.xp.models import XpEntry
from webapp.xp.types import XpRow

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer


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


def _own(viewer: Viewer) -> ColumnElement[bool]:
    return XpEntry.user_id == viewer.user_id
