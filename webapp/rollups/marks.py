"""Marking what a write has changed, in the transaction of the write."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Date, Uuid, select, true, union, update

from webapp.accounts.hooks import on_zone_change
from webapp.accounts.models import User
from webapp.core import timezones
from webapp.db.base import table_of
from webapp.db.lists import GivenRows, key_text
from webapp.db.upsert import insert_for, upsert
from webapp.rollups.models import DailyMetrics, DirtyDay

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

_PEOPLE = GivenRows("people", user_id=Uuid())
_DAYS = GivenRows("days", user_id=Uuid(), local_date=Date())
DAYS_BETWEEN_ZONES = 2  # the same instant bears dates up to two days apart: zones differ by up to 26 hours


def touch(session: Session, user_id: UUID) -> int:
    """Let every cached figure of the person expire, and return their new version.

    The row of the person stays locked until the transaction ends, so that marks of one person never cross.
    """
    statement = (
        update(User)
        .where(User.id == user_id)
        .values(stats_version=User.stats_version + 1)
        .returning(User.stats_version)
        .execution_options(synchronize_session=False)
    )
    return session.execute(statement).scalar_one()


def mark_dirty(session: Session, user_id: UUID, dates: Iterable[date]) -> None:
    """Say that the person's figures for these local dates must be computed again."""
    version = touch(session, user_id)
    rows = [{"user_id": user_id, "local_date": day, "mark": version} for day in sorted(set(dates))]
    upsert(session, table_of(DirtyDay), rows, keys=("user_id", "local_date"), update=("mark",))


def mark_many(session: Session, dates: Mapping[UUID, Iterable[date]]) -> None:
    """Do what `mark_dirty` does for many people, in two statements; the caller has locked them all."""
    if not dates:
        return
    dialect = session.get_bind().dialect.name
    people, days = _PEOPLE.table(dialect), _DAYS.table(dialect)
    keys = {user_id: key_text(dialect, user_id) for user_id in dates}
    newer = update(User).where(User.id.in_(select(people.c.user_id))).values(stats_version=User.stats_version + 1)
    newer = newer.execution_options(synchronize_session=False)
    session.execute(newer, _PEOPLE.parameters(dialect, [[key] for key in keys.values()]))
    table = table_of(DirtyDay)
    marked = select(User.id, days.c.local_date, User.stats_version).join(days, days.c.user_id == User.id)
    statement = insert_for(session, table).from_select(["user_id", "local_date", "mark"], marked.where(true()))
    statement = statement.on_conflict_do_update(
        index_elements=["user_id", "local_date"], set_={"mark": statement.excluded.mark}
    )
    rows = [(keys[user_id], day.isoformat()) for user_id, some in dates.items() for day in sorted(set(some))]
    session.execute(statement, _DAYS.parameters(dialect, rows))


def mark_interval(session: Session, user_id: UUID, zone: str, start: datetime, end: datetime) -> None:
    """Mark every local date that the half-open interval touches."""
    mark_dirty(session, user_id, timezones.local_dates_touched(start, end, zone))


@on_zone_change
def mark_history(session: Session, user_ids: Sequence[UUID]) -> None:
    """Mark every day on which people may have a figure in any zone, because theirs has changed.

    Days with figures have a row or a mark, so these and the days around them are all there can be.
    """
    rows = select(DailyMetrics.user_id, DailyMetrics.local_date).where(DailyMetrics.user_id.in_(user_ids))
    marks = select(DirtyDay.user_id, DirtyDay.local_date).where(DirtyDay.user_id.in_(user_ids))
    shifts = [timedelta(days=days) for days in range(-DAYS_BETWEEN_ZONES, DAYS_BETWEEN_ZONES + 1)]
    days: dict[UUID, set[date]] = {user_id: set() for user_id in sorted(user_ids)}
    for user_id, day in session.execute(union(rows, marks)):
        days[user_id].update(day + shift for shift in shifts)
    mark_many(session, days)
