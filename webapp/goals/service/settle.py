"""Writing snapshots, and giving the XP of goals: for many people at a time, from exact figures as of now.

Safe to run twice, at once, late, or halfway: people are locked against writes and against each other, what is
written follows from the raw rows and the terms alone, and all of it is one transaction.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import UUID, uuid5

from sqlalchemy import select

from webapp.core.timezones import local_date
from webapp.goals import rules
from webapp.goals.models import Goal, GoalSnapshot
from webapp.goals.queries.standings import Question, standings
from webapp.goals.service import store
from webapp.goals.service.verdicts import Closing, judge
from webapp.goals.types import TargetType
from webapp.rollups.marks import mark_many
from webapp.xp.bulk import award_many, standing_of
from webapp.xp.hooks import appraises
from webapp.xp.models import XpReason
from webapp.xp.rules import rules_by_school
from webapp.xp.types import DEFAULT_RULES, Award

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from webapp.core.periods import DateRange
    from webapp.goals.service.store import State
    from webapp.goals.types import Standing
    from webapp.xp.types import XpRules

# Few, because their writes wait meanwhile.
PEOPLE_AT_ONCE: Final = 500
_SOURCES: Final = UUID("6f1f3a5e-0d5c-5a0e-9a55-7c1d2f0b8e11")


def source_of(goal_id: UUID, first: date) -> UUID:
    """Return the cause under which the XP of one period of a goal stands in the ledger."""
    return uuid5(_SOURCES, f"{goal_id} {first}")


class _Part(NamedTuple):
    """One period of a goal that is to be written."""

    state: State
    period: DateRange


class _Plan(NamedTuple):
    """What is to be written: closed periods, running ones, and stored rows that should not be there."""

    closed: list[_Part]
    running: list[_Part]
    strays: list[tuple[State, date]]


def settle_some(session: Session, now: datetime, after: UUID) -> UUID | None:
    """Settle the next people who need it, in the order of their ids; return the last of them, None when none is left.

    People on whom someone else works are left to the next run.
    """
    found = store.take_people(session, now, after, PEOPLE_AT_ONCE)
    if not found:
        return None
    settle_people(session, [key for _, key in found], now)
    return found[-1][0]


def settle_people(session: Session, user_keys: Sequence[str], now: datetime, *, everything: bool = False) -> None:
    """Write the snapshots that these people's goals lack or that may have changed; with `everything`, all of them.

    The caller has locked the people. Marks of theirs that no drain has worked through are taken into account.
    """
    states = store.states(session, user_keys, now)
    touched = store.take_marks(session, user_keys)
    if not states:
        return
    if everything:
        states = [replace(state, sliced_by=None) for state in states]
    plan = _plan(states, touched, store.known_periods(session, [each for each in states if each.trusted is None]))
    parts = [*plan.closed, *plan.running]
    questions = [Question(state.counted, period, state.target_on(period.last)) for state, period in parts]
    owners = {state.owner.key: state.owner for state in states}
    answers = standings(session, owners, questions, now)
    closed, running = answers[: len(plan.closed)], answers[len(plan.closed) :]
    changes = _give(session, plan, closed)
    running = [_with_changes(part, standing, changes) for part, standing in zip(plan.running, running, strict=True)]
    store.write(session, [(*part, answer) for part, answer in zip(parts, [*closed, *running], strict=True)], now)
    store.remove(session, plan.strays)
    store.note(session, states)


# ------------------------------------------------------------------ what


def _plan(states: Sequence[State], touched: Mapping[str, set[date]], known: Mapping[UUID, Sequence[date]]) -> _Plan:
    plan = _Plan([], [], [])
    counting = {state.owner.key for state in states if state.counted.target_type is TargetType.XP}
    by_owner: dict[str, list[State]] = defaultdict(list)
    for state in states:
        by_owner[state.owner.key].append(state)
    for key, mine in by_owner.items():
        parts = {_Part(state, period): None for state in mine for period in _closed(state, touched.get(key, ()))}
        if key in counting:
            parts |= dict.fromkeys(_ending_with(mine, {part.period.last for part in parts}))
        plan.closed.extend(parts)
    for state in states:
        if state.active and not state.is_behind:
            plan.running.append(_Part(state, state.slicing.running(state.kind)))
        if state.trusted is None:
            right = {period.first for period in _closed(state, ())}
            right |= {state.slicing.running(state.kind).first} if state.active else set()
            stray = [first for first in known.get(state.counted.goal_id, ()) if first not in right]
            plan.strays.extend((state, first) for first in stray)
    return plan


def _closed(state: State, touched: Iterable[date]) -> Iterator[DateRange]:
    """Yield the periods that are over and must be written: those never written, and those that hold a touched date."""
    trusted = state.trusted
    for period in state.slicing.closed(state.kind, state.since, trusted):
        if state.was_active_on(period.last):
            yield period
    if trusted is not None:
        oldest = state.slicing.first(state.kind, state.since).first
        for period in {state.slicing.period(state.kind, day) for day in touched}:
            if oldest <= period.first and period.last <= trusted and state.was_active_on(period.last):
                yield period


def _ending_with(states: Iterable[State], ends: Iterable[date]) -> Iterator[_Part]:
    """Return every closed period of one person's goals that ends on one of the dates."""
    for state in states:
        oldest = state.slicing.first(state.kind, state.since).first
        for end in ends:
            period = state.slicing.period(state.kind, end)
            if period.last == end and period.first >= oldest and state.was_active_on(end):
                yield _Part(state, period)


# ------------------------------------------------------------------ XP


def _give(session: Session, plan: _Plan, closed: list[Standing]) -> Mapping[str, Mapping[date, int]]:
    """Give and take back the XP of closed periods, bring their standings up to date, and return what changed when."""
    sources = [source_of(state.counted.goal_id, period.first) for state, period in plan.closed]
    strays = [source_of(state.counted.goal_id, first) for state, first in plan.strays]
    given = standing_of(session, [*sources, *strays])
    worths = rules_by_school(session, {state.school_id for state, _ in plan.closed if state.school_id})
    closings = [
        Closing(
            period,
            standing,
            _worth(state, given.get(source, ()), worths),
            [(local_date(award.earned_at, state.owner.zone), award) for award in given.get(source, ())],
        )
        for (state, period), standing, source in zip(plan.closed, closed, sources, strict=True)
    ]
    awards = [award._replace(amount=-award.amount) for source in strays for award in given.get(source, ())]
    changes = {}
    for key, places in _places(plan.closed).items():
        changes[key] = judge(closings[place] for place in places)
    for (state, period), closing, source in zip(plan.closed, closings, sources, strict=True):
        awards += _differences(state, period, closing, source)
    closed[:] = [closing.standing for closing in closings]
    award_many(session, awards)
    mark_many(session, _days(plan, awards))
    return changes


def _worth(state: State, given: Sequence[Award], worths: Mapping[UUID | None, XpRules]) -> int:
    """Return what a period is worth: what was given for it, or else what the rules of now say."""
    standing = sum(award.amount for award in given)
    return standing or worths.get(state.school_id, DEFAULT_RULES).goal_achieved[state.kind]


@appraises(XpReason.GOAL_ACHIEVED)
def _worths(session: Session, worths: XpRules, awards: Sequence[Award]) -> Mapping[UUID, int]:
    """Return what the achieved periods of goals are worth."""
    people = {award.user_id for award in awards}
    achieved = select(GoalSnapshot.goal_id, GoalSnapshot.first_date, Goal.time_period)
    achieved = achieved.join(Goal, Goal.id == GoalSnapshot.goal_id).where(Goal.user_id.in_(people))
    rows = session.execute(achieved.where(GoalSnapshot.achieved))
    return {source_of(goal_id, first): worths.goal_achieved[kind] for goal_id, first, kind in rows}


def _places(parts: Sequence[_Part]) -> Mapping[str, list[int]]:
    places: dict[str, list[int]] = defaultdict(list)
    for place, part in enumerate(parts):
        places[part.state.owner.key].append(place)
    return places


def _differences(state: State, period: DateRange, closing: Closing, source: UUID) -> list[Award]:
    """Return the entries after which the ledger holds what the period has earned, and nothing else for it."""
    earned_at = rules.earned_at(state.owner.zone, period)
    standing = [award for _, award in closing.given]
    right = [(earned_at, closing.worth)] if closing.achieved and closing.worth else []
    if [(award.earned_at, award.amount) for award in standing] == right:
        return []
    new = [
        Award(state.user_id, state.school_id, amount, XpReason.GOAL_ACHIEVED, source, state.name, instant)
        for instant, amount in right
    ]
    return [award._replace(amount=-award.amount) for award in standing] + new


def _days(plan: _Plan, awards: Iterable[Award]) -> Mapping[UUID, set[date]]:
    zones = {state.user_id: state.owner.zone for state, _ in (*plan.closed, *plan.strays)}
    days: dict[UUID, set[date]] = defaultdict(set)
    for award in awards:
        days[award.user_id].add(local_date(award.earned_at, zones[award.user_id]))
    return days


def _with_changes(part: _Part, standing: Standing, changes: Mapping[str, Mapping[date, int]]) -> Standing:
    """Return the standing of a running period with the XP that was given or taken back just now."""
    if standing.target_type is not TargetType.XP:
        return standing
    mine = changes.get(part.state.owner.key, {})
    return standing._replace(amount=standing.amount + sum(mine[day] for day in mine if day in part.period))
