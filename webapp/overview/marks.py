"""Whose part in the sums does not follow from the rows any more."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, insert, null, or_, select, union_all

from webapp.accounts.models import User
from webapp.core.timezones import day_bounds, is_zone, local_dates_touched
from webapp.db.base import table_of
from webapp.overview.models import OverviewMark, OverviewPerson
from webapp.overview.types import EVERY
from webapp.rollups.hooks import on_days_computed, on_people_rebuilt
from webapp.rollups.models import DirtyDay
from webapp.schools.models import School

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import CompoundSelect
    from sqlalchemy.orm import Session

    from webapp.overview.changes import Marked

_AT_ONCE: Final = 500


def gathered(rows: Iterable[Any]) -> Marked:
    """Return marks by person."""
    found: Marked = defaultdict(set)
    for user_id, day in rows:
        found[user_id].add(day)
    return found


def pending(session: Session, school_id: UUID) -> Marked:
    """Return everyone of the school, of now or of the sums, who is marked; one statement."""
    found: Marked = defaultdict(set)
    for user_id, day, own_zone, zone in session.execute(_pending(), {"school": school_id}):
        found[user_id] |= {day} if own_zone is None else school_dates(day, own_zone, zone)
    return found


def school_dates(day: date, own_zone: str, zone: str) -> set[date]:
    """Return the dates of a school that a person's local date touches."""
    if own_zone == zone or not (is_zone(own_zone) and is_zone(zone)):
        return {day}
    return set(local_dates_touched(*day_bounds(own_zone, day), zone))


@cache
def _pending() -> CompoundSelect[Any]:
    """Return marks, and dirty days with the zones of their person and school where these differ.

    Asked for the school by itself, SQLite would go through all of its people instead of the few days.
    """
    school, nobody = bindparam("school", type_=Uuid()), null()
    nothing = select(User.time_zone).where(User.id.is_(None)).scalar_subquery()
    marks = (
        select(OverviewMark.user_id, OverviewMark.day, nothing.label("own_zone"), nothing.label("zone"))
        .outerjoin(User, User.id == OverviewMark.user_id)
        .outerjoin(OverviewPerson, OverviewPerson.user_id == OverviewMark.user_id)
        .where(or_(User.school_id == school, OverviewPerson.school_id == school))
    )
    dirty = (
        select(DirtyDay.user_id, DirtyDay.local_date, User.time_zone, School.time_zone)
        .join(User, User.id == DirtyDay.user_id)
        .join(School, School.id == User.school_id)
        .where(func.coalesce(User.school_id, nobody) == school)
    )
    return union_all(marks, dirty)


@on_days_computed
def mark_computed(session: Session, days: Mapping[str, Sequence[int]]) -> None:
    """Hand on the marks of days that a drain has just worked through; its transaction removes those of its own."""
    ids = {UUID(key): [date.fromordinal(number) for number in some] for key, some in days.items()}
    known = list(ids)
    rows = []
    for start in range(0, len(known), _AT_ONCE):
        zones = (
            select(User.id, User.time_zone, School.time_zone)
            .join(School, School.id == User.school_id)
            .where(User.id.in_(known[start : start + _AT_ONCE]))
        )
        for user_id, own_zone, zone in session.execute(zones):
            touched = (school_dates(day, own_zone or zone, zone) for day in ids[user_id])
            rows += [{"user_id": user_id, "day": day} for day in sorted(set().union(*touched))]
    _mark(session, rows)


@on_people_rebuilt
def mark_rebuilt(session: Session, user_keys: Sequence[str], now: datetime) -> None:  # noqa: ARG001 - see the hook
    """Count people anew whose whole history was computed again."""
    _mark(session, [{"user_id": UUID(key), "day": EVERY} for key in user_keys])


def _mark(session: Session, rows: list[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(table_of(OverviewMark)), rows)
