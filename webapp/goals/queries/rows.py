"""Goals as they are stored, with all that reads need to know of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import Uuid, bindparam, select, union_all

from webapp.core.errors import NotFoundError
from webapp.db.base import table_of
from webapp.db.prepared import Prepared
from webapp.goals.models import Goal, GoalMark, GoalTerms
from webapp.goals.slicing import Slicing, Terms
from webapp.goals.types import GoalRow
from webapp.planner.models import Category
from webapp.rest.queries import rest_of
from webapp.rollups.models import DirtyDay

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.rest.calendar import Rest

_goals, _categories = table_of(Goal), table_of(Category)
_terms, _marks, _dirty = table_of(GoalTerms), table_of(GoalMark), table_of(DirtyDay)


class Kept(NamedTuple):
    """A goal, and how far its snapshots can be trusted."""

    row: GoalRow
    since: datetime
    closed_through: date | None
    sliced_by: str | None

    def trusted_through(self, slicing: Slicing) -> date | None:
        """Return the date by which all periods that ended have a snapshot; None when none can be trusted."""
        return self.closed_through if self.sliced_by == slicing.name else None


@dataclass(frozen=True)
class Reading:
    """One reading of a person's goals as of an instant; each part is read when it is first asked for, and once."""

    session: Session
    viewer: Viewer
    now: datetime

    @cached_property
    def slicing(self) -> Slicing:
        """Return how the person's time is cut into periods."""
        return Slicing.at(self.viewer.zone, self.viewer.week_start, self.now)

    @cached_property
    def goals(self) -> list[Kept]:
        """Return the person's goals in the order in which they were made."""
        return [_kept(row) for row in _OF_PERSON.within(self.session, {"user": self.viewer.user_id})]

    @cached_property
    def terms(self) -> Mapping[UUID, Sequence[Terms]]:
        """Return the terms of each goal, in the order of their dates."""
        found: dict[UUID, list[Terms]] = defaultdict(list)
        for goal_id, *terms in _TERMS.within(self.session, {"user": self.viewer.user_id}):
            found[goal_id].append(Terms(*terms))
        return found

    @cached_property
    def doubts(self) -> set[date]:
        """Return the local dates whose raw rows have changed since snapshots may have counted them."""
        return {day for (day,) in _DOUBTS.within(self.session, {"user": self.viewer.user_id})}

    @cached_property
    def rest(self) -> Rest:
        """Return the person's dates of rest."""
        return rest_of(self.session, self.viewer)


def kept_goal(session: Session, user_id: UUID, goal_id: UUID) -> Kept:
    """Return one goal of a person, or raise NotFoundError."""
    found = session.execute(_ONE, {"user": user_id, "goal": goal_id}).one_or_none()
    if found is None:
        raise NotFoundError
    return _kept(found)


def _kept(row: Any) -> Kept:
    return Kept(GoalRow(*row[:10]), *row[10:])


_user: Final = bindparam("user", type_=Uuid())
_ALL: Final = (
    select(
        *(_goals.c.id, _goals.c.name, _goals.c.target_type, _goals.c.target_value, _goals.c.time_period),
        *(_goals.c.category_id, _categories.c.name, _categories.c.color, _goals.c.active, _goals.c.created_at),
        *(_goals.c.since, _goals.c.closed_through, _goals.c.sliced_by),
    )
    .select_from(_goals.outerjoin(_categories, _categories.c.id == _goals.c.category_id))
    .where(_goals.c.user_id == _user)
    .order_by(_goals.c.id)
)
_OF_PERSON: Final = Prepared(_ALL)
_ONE: Final = _ALL.where(_goals.c.id == bindparam("goal", type_=Uuid()))
_TERMS: Final = Prepared(
    select(_terms.c.goal_id, _terms.c.from_date, _terms.c.target_value, _terms.c.active)
    .join(_goals, _goals.c.id == _terms.c.goal_id)
    .where(_goals.c.user_id == _user)
    .order_by(_terms.c.goal_id, _terms.c.from_date)
)
_DOUBTS: Final = Prepared(
    union_all(
        select(_dirty.c.local_date).where(_dirty.c.user_id == _user),
        select(_marks.c.local_date).where(_marks.c.user_id == _user),
    )
)
