"""Keeping the rollups up to date: closing days that have ended, and working through marks in short transactions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

from sqlalchemy import String, cast, func, select

from webapp.accounts.models import User
from webapp.core import clock
from webapp.core.timezones import local_date
from webapp.db.base import table_of
from webapp.db.upsert import insert_for
from webapp.rollups.marks import mark_dirty
from webapp.rollups.models import DailyMetrics, DirtyDay
from webapp.rollups.rebuild import MARKS_AT_ONCE, drain, rebuild_people
from webapp.schools.models import School
from webapp.xp.hooks import on_points_changed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from sqlalchemy.orm import Session

    Transactions = Callable[[], AbstractContextManager[Session]]

# Few, because a person's writes wait while their history is computed.
PEOPLE_AT_ONCE: Final = 20
# What remains is left to the next run, which is never far away.
_BATCHES_AT_MOST: Final = 200
FIRST: Final = UUID(int=0)


def close_days(session: Session, now: datetime) -> int:
    """Mark the days that have ended since their rows were built; return how many.

    Their figures are exact without it, computed at each read; closed, they cost nothing.
    """
    ended = (
        select(DailyMetrics.user_id, DailyMetrics.local_date, User.stats_version)
        .join(User, User.id == DailyMetrics.user_id)
        .where(DailyMetrics.built_at < DailyMetrics.day_ends_at, DailyMetrics.day_ends_at <= now)
    )
    table = table_of(DirtyDay)
    statement = insert_for(session, table).from_select(["user_id", "local_date", "mark"], ended)
    result = session.execute(statement.on_conflict_do_nothing().returning(table.c.local_date))
    return len(result.all())


@on_points_changed
def mark_points(session: Session, user_id: UUID, instants: Sequence[datetime]) -> None:
    """Mark a person's local dates on which points changed without a verb of theirs that would mark them."""
    zone = func.coalesce(User.time_zone, School.time_zone, "UTC")
    statement = select(zone).select_from(User).outerjoin(School, School.id == User.school_id)
    found = session.execute(statement.where(User.id == user_id)).scalar_one()
    mark_dirty(session, user_id, {local_date(instant, found) for instant in instants})


def drain_all(transactions: Transactions) -> int:
    """Compute marked days, some thousand to a transaction, until few or none are left; return how many."""
    done = 0
    for _ in range(_BATCHES_AT_MOST):
        with transactions() as session:
            drained = drain(session, clock.now())
        done += drained
        if drained < MARKS_AT_ONCE:
            break
    return done


def rebuild_all(transactions: Transactions) -> Iterator[tuple[int, int]]:
    """Compute everybody's history from nothing; yield (people, days) done after each transaction."""
    last, people, days = FIRST, 0, 0
    while True:
        with transactions() as session:
            keys, last = next_people(session, last, PEOPLE_AT_ONCE)
            days += rebuild_people(session, keys, clock.now()) if keys else 0
        if not keys:
            return
        people += len(keys)
        yield people, days


def next_people(session: Session, after: UUID, limit: int) -> tuple[list[str], UUID]:
    """Return the people whose ids follow one in order, as the database's text, and the last id of them."""
    statement = (
        select(User.id, cast(User.id, String).label("key")).where(User.id > after).order_by(User.id).limit(limit)
    )
    rows = session.execute(statement).all()
    return [key for _, key in rows], rows[-1][0] if rows else after
