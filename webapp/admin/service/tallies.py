"""Adding up what the database notes of people who come, go and change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from webapp.accounts.models import UserTally
from webapp.db.base import table_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

ENOUGH = 50
MOST_AT_ONCE = 20_000

_tallies = table_of(UserTally)


def add_up(session: Session) -> int:
    """Put one row in the place of many, where there are many; return how many went. Nobody's count changes.

    Rows that are being written meanwhile are left for the next time; two who add up at once take different rows.
    """
    waiting = select(_tallies).order_by(_tallies.c.id).limit(MOST_AT_ONCE).with_for_update(skip_locked=True)
    rows = session.execute(waiting).all()
    groups = {(row.school_id, row.role, row.active) for row in rows}
    if len(rows) <= len(groups) + ENOUGH:
        return 0
    ids = [row.id for row in rows]
    sums = dict.fromkeys(groups, 0)
    for row in rows:
        sums[row.school_id, row.role, row.active] += row.people
    session.execute(delete(_tallies).where(_tallies.c.id.in_(ids)))
    kept = [
        {"school_id": school_id, "role": role, "active": active, "people": people}
        for (school_id, role, active), people in sums.items()
        if people
    ]
    if kept:
        session.execute(insert(_tallies), kept)
    return len(ids)
