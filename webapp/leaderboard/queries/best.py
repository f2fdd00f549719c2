"""One's running week against one's own weeks before it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from webapp.core.periods import DateRange, week_of
from webapp.core.timezones import local_date
from webapp.leaderboard.types import PersonalBest, Week
from webapp.schools.models import School
from webapp.xp.models import XpEntry
from webapp.xp.standings import Calendar, bounds_of

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer

WEEKS: Final = 8


def personal_best(session: Session, viewer: Viewer, now: datetime) -> PersonalBest:
    """Return the viewer's points of the running week and the eight before it, in weeks of their school."""
    calendar = _calendar(session, viewer)
    running = week_of(calendar.today(now), calendar.week_start)
    firsts = [running.first - timedelta(days=7 * back) for back in range(WEEKS, -1, -1)]
    start, _ = bounds_of(calendar, DateRange(firsts[0], firsts[0]))
    _, end = bounds_of(calendar, running)
    mine = (XpEntry.user_id == viewer.user_id, XpEntry.earned_at >= start, XpEntry.earned_at < end)
    sums: Counter[object] = Counter()
    for earned_at, amount in session.execute(select(XpEntry.earned_at, XpEntry.amount).where(*mine)):
        sums[week_of(local_date(earned_at, calendar.zone), calendar.week_start).first] += amount
    points = [sums[first] for first in firsts]
    best, current = max(points), points[-1]
    weeks = [
        Week(first, first + timedelta(days=6), xp, first == running.first, xp == best > 0)
        for first, xp in zip(firsts, points, strict=True)
    ]
    rank = 1 + sum(xp > current for xp in points)
    return PersonalBest(weeks, rank, best, best - current, end)


def _calendar(session: Session, viewer: Viewer) -> Calendar:
    columns = (School.time_zone, School.week_start)
    found = session.execute(select(*columns).where(School.id == viewer.school_id)).one_or_none()
    return Calendar(*found) if found else Calendar(viewer.zone, viewer.week_start)
