"""Keeping snapshots up to date: what tells that some must be written, and the walk over the people who need it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final
from uuid import UUID

from sqlalchemy import String, Uuid, cast, select, update

from webapp.accounts.hooks import on_zone_change
from webapp.core import clock
from webapp.db.base import new_id, table_of
from webapp.db.bulk import insert_rows
from webapp.db.lists import GivenRows, key_text
from webapp.goals.models import Goal, GoalMark
from webapp.goals.service.settle import settle_people, settle_some
from webapp.rollups.hooks import on_days_computed, on_people_rebuilt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from sqlalchemy.orm import Session

    Transactions = Callable[[], AbstractContextManager[Session]]

__all__ = ["settle_all", "settle_some"]

FIRST: Final = UUID(int=0)
_goals = table_of(Goal)
_PEOPLE: Final = GivenRows("people", user_id=Uuid())


def settle_all(transactions: Transactions) -> int:
    """Settle everybody who needs it, some hundred people to a transaction; return how many transactions that took.

    What comes up meanwhile is left to the next run, which is never far away.
    """
    done, last = 0, FIRST
    while True:
        with transactions() as session:
            reached = settle_some(session, clock.now(), last)
        if reached is None:
            return done
        done, last = done + 1, reached


@on_days_computed
def mark_goals(session: Session, days: Mapping[str, Sequence[int]]) -> None:
    """Note, for those of the people who have goals, which days snapshots must count again."""
    if not days:
        return
    dialect = session.get_bind().dialect.name
    people = _PEOPLE.table(dialect)
    owners = select(cast(_goals.c.user_id, String)).where(_goals.c.user_id.in_(select(people.c.user_id))).distinct()
    found = session.scalars(owners, _PEOPLE.parameters(dialect, [[key] for key in days])).all()
    rows = [(key_text(dialect, new_id()), key, date.fromordinal(day).isoformat()) for key in found for day in days[key]]
    insert_rows(session, table_of(GoalMark), ("id", "user_id", "local_date"), rows)


@on_people_rebuilt
def settle_rebuilt(session: Session, user_keys: Sequence[str], now: datetime) -> None:
    """Write all snapshots of these people from nothing; whoever rebuilds has locked them."""
    settle_people(session, user_keys, now, everything=True)


@on_zone_change
def slice_again(session: Session, user_ids: Sequence[UUID]) -> None:
    """Have the goals of people whose zone has changed settled soon; reads do not wait for it."""
    soon = update(Goal).where(Goal.user_id.in_(user_ids)).values(due_at=clock.now())
    session.execute(soon.execution_options(synchronize_session=False))
