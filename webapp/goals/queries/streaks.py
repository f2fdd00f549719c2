"""A goal's own streak: closed periods achieved, one after the other, back from now (docs/metrics.md, "Goals")."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import Date, Uuid, and_, func, select, type_coerce

from webapp.db.base import table_of
from webapp.db.lists import GivenRows, key_text
from webapp.db.prepared import Prepared
from webapp.db.sql import greatest
from webapp.goals.models import GoalSnapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from sqlalchemy.orm import Session


LONG_AGO: Final = date.min
_snapshots = table_of(GoalSnapshot)
_GOALS: Final = GivenRows("goals", goal_id=Uuid(), through=Date(), past=Date())
_KNOWN: Final = GivenRows("known", goal_id=Uuid(), first=Date())
_REST: Final = GivenRows("rest", first=Date(), last=Date())


class Verdict(NamedTuple):
    """A closed period that was computed just now; `rests` tells that every date of it is a rest day."""

    first: date
    achieved: bool
    rests: bool


def closed_streaks(
    session: Session,
    goals: Mapping[UUID, date | None],
    verdicts: Mapping[UUID, Sequence[Verdict]],
    rest: Sequence[tuple[date, date]],
) -> dict[UUID, int]:
    """Return how many of each goal's newest closed periods were achieved, without one that was not among them.

    `goals` say through which date stored snapshots are good, None for none; `verdicts` come before what is stored.
    A period of rest that was not achieved does not count, neither way. One statement.
    """
    breaks = {goal_id: _newest_break(verdicts.get(goal_id, ())) for goal_id in goals}
    stored = {goal_id: through for goal_id, through in goals.items() if through is not None}
    counts = dict.fromkeys(goals, 0)
    for goal_id, (broken, count) in _stored(session, stored, breaks, verdicts, rest).items():
        breaks[goal_id], counts[goal_id] = max(broken, breaks[goal_id]), count
    for goal_id, found in verdicts.items():
        counts[goal_id] += sum(each.achieved and each.first > breaks[goal_id] for each in found)
    return counts


def _newest_break(verdicts: Iterable[Verdict]) -> date:
    return max((each.first for each in verdicts if not each.achieved and not each.rests), default=LONG_AGO)


def _stored(
    session: Session,
    goals: Mapping[UUID, date],
    breaks: Mapping[UUID, date],
    verdicts: Mapping[UUID, Sequence[Verdict]],
    rest: Sequence[tuple[date, date]],
) -> dict[UUID, tuple[date, int]]:
    """Return the first date of the newest stored period that breaks, and how many later ones were achieved."""
    if not goals:
        return {}
    dialect = session.get_bind().dialect.name
    keys = {goal_id: key_text(dialect, goal_id) for goal_id in goals}
    rows = [(keys[goal_id], through.isoformat(), breaks[goal_id].isoformat()) for goal_id, through in goals.items()]
    known = [(keys[goal_id], each.first.isoformat()) for goal_id in goals for each in verdicts.get(goal_id, ())]
    resting = [(first.isoformat(), last.isoformat()) for first, last in rest]
    values = _GOALS.parameters(dialect, rows)
    values |= _KNOWN.parameters(dialect, known) if known else {}
    values |= _REST.parameters(dialect, resting) if resting else {}
    places = list(goals)
    found = _statement(dialect, bool(known), bool(resting)).within(session, values)
    return {places[place]: (broken, count) for place, broken, count in found}


@cache
def _statement(dialect: str, with_known: bool, with_rest: bool) -> Prepared:
    goals = _GOALS.table(dialect)
    good = [_snapshots.c.goal_id == goals.c.goal_id, _snapshots.c.last_date <= goals.c.through]
    if with_known:
        known = _KNOWN.table(dialect)
        same = and_(known.c.goal_id == _snapshots.c.goal_id, known.c.first == _snapshots.c.first_date)
        good.append(~select(known.c.place).where(same).exists())
    breaking = [*good, _snapshots.c.achieved.is_(False)]
    if with_rest:
        rest = _REST.table(dialect)
        inside = and_(rest.c.first <= _snapshots.c.first_date, rest.c.last >= _snapshots.c.last_date)
        breaking.append(~select(rest.c.place).where(inside).exists())
    newest = select(_snapshots.c.first_date).where(*breaking).order_by(_snapshots.c.first_date.desc()).limit(1)
    broken = func.coalesce(newest.correlate(goals).scalar_subquery(), goals.c.past)
    breaks = select(goals, type_coerce(greatest(broken, goals.c.past), Date).label("broken")).cte("breaks")
    later = [_snapshots.c.goal_id == breaks.c.goal_id, _snapshots.c.last_date <= breaks.c.through]
    later += [_snapshots.c.achieved.is_(True), _snapshots.c.first_date > breaks.c.broken]
    if with_known:
        later.append(~select(known.c.place).where(same).exists())
    count = select(func.count()).select_from(_snapshots).where(*later).correlate(breaks).scalar_subquery()
    return Prepared(select(breaks.c.place, breaks.c.broken, count))
