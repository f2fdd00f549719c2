"""Marking what a write has changed, in the transaction of the write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from webapp.accounts.models import User
from webapp.core import timezones
from webapp.db.base import table_of
from webapp.db.upsert import upsert
from webapp.rollups.models import DirtyDay

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy.orm import Session


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


def mark_interval(session: Session, user_id: UUID, zone: str, start: datetime, end: datetime) -> None:
    """Mark every local date that the half-open interval touches."""
    mark_dirty(session, user_id, timezones.local_dates_touched(start, end, zone))
