"""The names that a school's events have: as many as lists and counts can bear, and no more.

Each name is a row of counts for each hour in which it came, and whoever may send could make names up. What students
bring in leaves room for the programs of staff, and a name that is not used any more makes room for others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from sqlalchemy import delete, exists, insert, select

from webapp.db.base import table_of
from webapp.db.locks import lock_writes
from webapp.events.models import EventDelta, EventHour, EventName

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

Kind: TypeAlias = tuple[str, str]
Known: TypeAlias = dict[Kind, bool]

MOST_NAMES: Final = 1_000
MOST_OF_STUDENTS: Final = 200


def known(session: Session, school_id: UUID) -> Known:
    """Return every (type, name) of a school's events, with whether staff brought it in."""
    columns = (EventName.type, EventName.name, EventName.by_staff)
    rows = session.execute(select(*columns).where(EventName.school_id == school_id))
    return {(kind, name): by_staff for kind, name, by_staff in rows}


def room(there: Mapping[Kind, bool], *, by_staff: bool) -> int:
    """Return how many more names somebody may bring in."""
    left = MOST_NAMES - len(there)
    if not by_staff:
        left = min(left, MOST_OF_STUDENTS - sum(not of_staff for of_staff in there.values()))
    return max(0, left)


def admit(session: Session, school_id: UUID, wanted: Collection[Kind], *, by_staff: bool) -> Known:
    """Take in those of the names that are new, as far as there is room; return every name that there is then."""
    lock_writes(session, EventName)
    there = known(session, school_id)
    new = sorted(set(wanted) - there.keys())[: room(there, by_staff=by_staff)]
    rows = [{"school_id": school_id, "type": kind, "name": name, "by_staff": by_staff} for kind, name in new]
    if rows:
        session.execute(insert(table_of(EventName)), rows)
    return {**there, **dict.fromkeys(new, by_staff)}


def forget_unused(session: Session, before: datetime) -> int:
    """Delete the names that nobody has sent since then; return how many."""
    mine = (EventHour.school_id == EventName.school_id, EventHour.name == EventName.name)
    lately = exists().where(*mine, EventHour.type == EventName.type, EventHour.hour >= before)
    just_now = exists().where(
        EventDelta.school_id == EventName.school_id,
        EventDelta.name == EventName.name,
        EventDelta.type == EventName.type,
    )
    gone = delete(EventName).where(~lately, ~just_now).returning(EventName.name)
    return len(session.scalars(gone.execution_options(synchronize_session=False)).all())
