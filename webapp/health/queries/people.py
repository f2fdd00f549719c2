"""How many people of the whole installation were active. METRICS.md `active_users`."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from webapp.activity.models import ActivityLast
from webapp.core import timezones
from webapp.core.periods import week_of
from webapp.schools.models import School

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

NO_SCHOOL = ("UTC", 0)


def active_today(session: Session, now: datetime) -> int:
    """Return how many people were active today, each by the date of their school, or of UTC without one."""
    return _active_since(session, lambda zone, _: timezones.local_date(now, zone))


def active_this_week(session: Session, now: datetime) -> int:
    """Return how many people were active since their school's week began."""
    return _active_since(session, lambda zone, start: week_of(timezones.local_date(now, zone), start).first)


def _active_since(session: Session, first_day: Callable[[str, int], date]) -> int:
    """Return how many were last active on such a date or later; schools that share it are asked for together."""
    schools: defaultdict[date, list[UUID]] = defaultdict(list)
    for school_id, zone, start in session.execute(select(School.id, School.time_zone, School.week_start)):
        schools[first_day(zone, start)].append(school_id)
    counted = select(func.count()).select_from(ActivityLast)
    of_none = counted.where(ActivityLast.school_id.is_(None), ActivityLast.day >= first_day(*NO_SCHOOL))
    total = session.scalar(of_none) or 0
    for day, ids in schools.items():
        total += session.scalar(counted.where(ActivityLast.school_id.in_(ids), ActivityLast.day >= day)) or 0
    return total
