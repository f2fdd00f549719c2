"""Comparing the stored days of some people with their raw rows, night for night, and mending what differs."""

from __future__ import annotations

import secrets
from collections import defaultdict
from typing import TYPE_CHECKING, Final
from uuid import UUID

import structlog
from sqlalchemy import String, cast, func, select

from webapp.accounts.models import User
from webapp.rollups.marks import mark_dirty
from webapp.rollups.verify import differences

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from webapp.rollups.hooks import Difference

PEOPLE_AT_ONCE: Final = 50
SHOWN: Final = 20

log = structlog.get_logger(__name__)


class FiguresDifferError(Exception):
    """Stored figures were not what the raw rows give; they are computed anew."""


def drawn(session: Session, number: int) -> list[str]:
    """Return so many people, in runs of some by id that begin by lot, as the database's text; fewer where there are."""
    total = session.scalar(select(func.count()).select_from(User)) or 0
    if total <= number:
        return _from(session, 0, number)
    found: dict[str, None] = {}
    while len(found) < number:
        found.update(dict.fromkeys(_from(session, secrets.randbelow(total), PEOPLE_AT_ONCE)))
    return list(found)[:number]


def _from(session: Session, place: int, number: int) -> list[str]:
    return list(session.scalars(select(cast(User.id, String)).order_by(User.id).offset(place).limit(number)))


def compared(session: Session, people: Sequence[str], now: datetime) -> list[Difference]:
    """Return what differs for these people, logged with numbers alone; pass a session that sees one snapshot."""
    found: list[Difference] = []
    for start in range(0, len(people), PEOPLE_AT_ONCE):
        found += differences(session, people[start : start + PEOPLE_AT_ONCE], now)
    for each in found[:SHOWN]:
        day, values = str(each.local_date), {"stored": str(each.stored), "computed": str(each.computed)}
        log.error("figures_differ", user=each.user_id, day=day, field=each.field, **values)
    return found


def mend(session: Session, found: Sequence[Difference]) -> None:
    """Mark the days that differ, so that reads compute them at once, and the next drain for good."""
    days: dict[str, set[date]] = defaultdict(set)
    for each in found:
        days[each.user_id].add(each.local_date)
    for user_key in sorted(days):
        mark_dirty(session, UUID(user_key), days[user_key])
