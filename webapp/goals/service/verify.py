"""Comparing snapshots, and the XP given for them, with what raw rows and terms give: part of `flask rollups verify`."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import String, Uuid, cast, select, union_all

from webapp.db.base import table_of
from webapp.db.lists import GivenRows, key_text
from webapp.goals import rules
from webapp.goals.models import GoalMark, GoalSnapshot
from webapp.goals.queries.standings import Question, standings
from webapp.goals.service import store
from webapp.goals.service.settle import source_of
from webapp.rollups.hooks import Difference, on_verify
from webapp.rollups.models import DirtyDay
from webapp.xp.bulk import standing_of
from webapp.xp.rules import rules_by_school
from webapp.xp.types import DEFAULT_RULES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy import CompoundSelect, Select
    from sqlalchemy.orm import Session

    from webapp.core.periods import DateRange
    from webapp.goals.service.store import State
    from webapp.goals.types import Standing
    from webapp.xp.types import Award

_snapshots, _marks, _dirty = table_of(GoalSnapshot), table_of(GoalMark), table_of(DirtyDay)
_PEOPLE: Final = GivenRows("people", user_id=Uuid())
_GOALS: Final = GivenRows("given_goals", goal_id=Uuid())


class _Stored(NamedTuple):
    last_date: date
    target_value: int
    amount: int
    whole: int
    achieved: bool


@on_verify
def differences(session: Session, user_keys: Sequence[str], now: datetime) -> Iterator[Difference]:
    """Yield what differs for these people in closed periods that reads would take from their snapshots."""
    doubts = _doubts(session, user_keys)
    states = [state for state in store.states(session, user_keys, now) if state.trusted is not None]
    rows = _rows(session, states)
    parts = [(state, period) for state in states for period in _to_compare(state, doubts[state.owner.key])]
    questions = [Question(state.counted, period, state.target_on(period.last)) for state, period in parts]
    answers = standings(session, {state.owner.key: state.owner for state in states}, questions, now)
    given = standing_of(session, [source_of(state.counted.goal_id, period.first) for state, period in parts])
    own_rules = rules_by_school(session, {state.school_id for state in states if state.school_id})
    for (state, period), standing in zip(parts, answers, strict=True):
        stored = rows.get(state.counted.goal_id, {}).pop(period.first, None)
        yield from _compared(state, period, stored, standing)
        found = given.get(source_of(state.counted.goal_id, period.first), [])
        # A school with rules of its own may have given nothing.
        if found or state.school_id not in own_rules:
            yield from _compared_xp(state, period, standing, found)
    yield from _left_over(states, rows)


def _to_compare(state: State, doubts: set[date]) -> Iterator[DateRange]:
    for period in state.slicing.closed(state.kind, state.since):
        is_closed = state.trusted is not None and period.last <= state.trusted
        if is_closed and state.was_active_on(period.last) and not any(day in doubts for day in period):
            yield period


def _compared(state: State, period: DateRange, stored: _Stored | None, standing: Standing) -> Iterator[Difference]:
    right = _Stored(period.last, standing.target, standing.amount, standing.whole, rules.is_achieved(standing))
    if stored is None:
        yield _difference(state, period.first, "snapshot", None, right)
        return
    for name, one, other in zip(_Stored._fields, stored, right, strict=True):
        if one != other:
            yield _difference(state, period.first, name, one, other)


def _compared_xp(state: State, period: DateRange, standing: Standing, given: Sequence[Award]) -> Iterator[Difference]:
    stored = [(award.earned_at, award.amount) for award in given]
    # Worth what the rules said when it was given.
    worth = given[0].amount if given else DEFAULT_RULES.goal_achieved[state.kind]
    right = [(rules.earned_at(state.owner.zone, period), worth)] if rules.is_achieved(standing) else []
    if stored != right or worth < 0:
        yield _difference(state, period.first, "XP given", stored, right)


def _left_over(states: Sequence[State], rows: Mapping[UUID, Mapping[date, _Stored]]) -> Iterator[Difference]:
    """Yield the snapshots of periods that should have none."""
    for state in states:
        right = {period.first for period in state.slicing.closed(state.kind, state.since)}
        right = {first for first in right if state.was_active_on(state.slicing.period(state.kind, first).last)}
        right.add(state.slicing.running(state.kind).first)
        for first, stored in rows.get(state.counted.goal_id, {}).items():
            if first not in right and state.trusted is not None and stored.last_date <= state.trusted:
                yield _difference(state, first, "snapshot", stored, None)


def _difference(state: State, first: date, field: str, stored: object, computed: object) -> Difference:
    return Difference(state.owner.key, first, f"goal {state.counted.goal_id}", field, stored, computed)


def _doubts(session: Session, user_keys: Sequence[str]) -> Mapping[str, set[date]]:
    dialect = session.get_bind().dialect.name
    found: dict[str, set[date]] = defaultdict(set)
    for key, day in session.execute(_marked(dialect), _PEOPLE.parameters(dialect, [[key] for key in user_keys])):
        found[key].add(day)
    return found


def _rows(session: Session, states: Sequence[State]) -> Mapping[UUID, dict[date, _Stored]]:
    dialect = session.get_bind().dialect.name
    keys = [[key_text(dialect, state.counted.goal_id)] for state in states]
    found: dict[UUID, dict[date, _Stored]] = defaultdict(dict)
    for goal_id, first, *rest in session.execute(_stored(dialect), _GOALS.parameters(dialect, keys)):
        found[goal_id][first] = _Stored(*rest)
    return found


@cache
def _marked(dialect: str) -> CompoundSelect[Any]:
    people = _PEOPLE.table(dialect)
    return union_all(
        *(
            select(cast(table.c.user_id, String), table.c.local_date).where(
                table.c.user_id.in_(select(people.c.user_id))
            )
            for table in (_dirty, _marks)
        )
    )


@cache
def _stored(dialect: str) -> Select[Any]:
    goals = _GOALS.table(dialect)
    columns = (_snapshots.c.goal_id, _snapshots.c.first_date, *(_snapshots.c[name] for name in _Stored._fields))
    return select(*columns).join_from(goals, _snapshots, _snapshots.c.goal_id == goals.c.goal_id)
