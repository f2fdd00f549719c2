"""Reading and writing what settling needs, for many people in the same few statements."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    BigInteger,
    Date,
    Integer,
    String,
    Uuid,
    bindparam,
    cast,
    delete,
    func,
    select,
    true,
    union,
    update,
)

from webapp.accounts.models import User
from webapp.core.timezones import is_zone
from webapp.db.base import table_of
from webapp.db.columns import UtcDateTime
from webapp.db.lists import GivenRows, key_text
from webapp.db.sql import instant_of_minutes
from webapp.db.upsert import insert_for
from webapp.goals import rules
from webapp.goals.models import Goal, GoalMark, GoalSnapshot, GoalTerms
from webapp.goals.queries.standings import Counted
from webapp.goals.slicing import Slicing, Terms, in_force
from webapp.rollups.days import minute_of
from webapp.rollups.rebuild import DEFAULT_ZONE, Owner
from webapp.schools.models import School

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy import Delete, Select, Update
    from sqlalchemy.orm import Session
    from sqlalchemy.sql.dml import ReturningDelete

    from webapp.core.periods import DateRange
    from webapp.goals.types import Standing, TimePeriod

_ONE_DAY: Final = timedelta(days=1)
_users, _schools = table_of(User), table_of(School)
_goals, _terms = table_of(Goal), table_of(GoalTerms)
_snapshots, _marks = table_of(GoalSnapshot), table_of(GoalMark)
_PEOPLE: Final = GivenRows("people", user_id=Uuid())
_GOALS: Final = GivenRows("given_goals", goal_id=Uuid())
_ROWS: Final = GivenRows(
    "snapshot_rows",
    goal_id=Uuid(),
    first_date=Date(),
    last_date=Date(),
    target_value=Integer(),
    amount=Integer(),
    whole=Integer(),
    achieved=Integer(),
)
_NOTES: Final = GivenRows("notes", goal_id=Uuid(), closed_through=Date(), sliced_by=String(), due_minute=BigInteger())
_STRAYS: Final = GivenRows("strays", goal_id=Uuid(), first_date=Date())


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """A goal as settling sees it; one object for each goal."""

    counted: Counted
    owner: Owner
    user_id: UUID
    school_id: UUID | None
    name: str
    kind: TimePeriod
    target: int
    active: bool
    since: datetime
    closed_through: date | None
    sliced_by: str | None
    slicing: Slicing
    terms: Sequence[Terms]

    @property
    def trusted(self) -> date | None:
        """Return the date by which all periods that ended have been closed; None where none can be trusted."""
        return self.closed_through if self.sliced_by == self.slicing.name else None

    @property
    def is_behind(self) -> bool:
        """Tell whether someone whose clock is ahead has closed the period that runs here."""
        return self.trusted is not None and self.trusted >= self.slicing.running(self.kind).first

    def was_active_on(self, day: date) -> bool:
        """Tell whether the goal was in use at the end of the date."""
        return in_force(self.terms, day).active

    def target_on(self, day: date) -> int:
        """Return the target in force at the end of the date."""
        return self.target if day >= self.slicing.today else in_force(self.terms, day).target


def take_people(session: Session, now: datetime, after: UUID, limit: int) -> list[tuple[UUID, str]]:
    """Lock and return people with something to settle, by id from one on; those that others hold are passed over."""
    found = session.execute(_TAKE_PEOPLE, {"now": now, "after": after, "people": limit})
    return [(user_id, key) for user_id, key in found]


def take_marks(session: Session, user_keys: Sequence[str]) -> Mapping[str, set[date]]:
    """Remove the marks of these people, and return which dates they named."""
    dialect = session.get_bind().dialect.name
    touched: dict[str, set[date]] = defaultdict(set)
    values = _PEOPLE.parameters(dialect, [[key] for key in user_keys])
    for key, day in session.execute(_take_marks(dialect), values):
        touched[key].add(day)
    return touched


def states(session: Session, user_keys: Sequence[str], now: datetime) -> list[State]:
    """Return all goals of these people, paused ones too."""
    dialect = session.get_bind().dialect.name
    values = _PEOPLE.parameters(dialect, [[key] for key in user_keys])
    terms: dict[UUID, list[Terms]] = defaultdict(list)
    for goal_id, *rest in session.execute(_terms_of(dialect), values):
        terms[goal_id].append(Terms(*rest))
    slicings: dict[tuple[str, int], Slicing] = {}
    found = []
    for row in session.execute(_states(dialect), values):
        zone = row.zone if is_zone(row.zone) else DEFAULT_ZONE
        where = (zone, row.week_start)
        if where not in slicings:
            slicings[where] = Slicing.at(*where, now)
        found.append(
            State(
                counted=Counted(row.id, row.user_key, row.target_type, row.category_key),
                owner=Owner(row.user_key, zone, row.school_key),
                user_id=row.user_id,
                school_id=row.school_id,
                name=row.name,
                kind=row.time_period,
                target=row.target_value,
                active=row.active,
                since=row.since,
                closed_through=row.closed_through,
                sliced_by=row.sliced_by,
                slicing=slicings[where],
                terms=terms[row.id],
            )
        )
    return found


def known_periods(session: Session, some: Sequence[State]) -> Mapping[UUID, list[date]]:
    """Return the first dates of all snapshots that these goals have."""
    found: dict[UUID, list[date]] = defaultdict(list)
    if some:
        dialect = session.get_bind().dialect.name
        keys = [[key_text(dialect, state.counted.goal_id)] for state in some]
        for goal_id, first in session.execute(_known_periods(dialect), _GOALS.parameters(dialect, keys)):
            found[goal_id].append(first)
    return found


def write(session: Session, rows: Iterable[tuple[State, DateRange, Standing]], now: datetime) -> None:
    """Write snapshots, in place of those that stand."""
    dialect = session.get_bind().dialect.name
    values = [
        (
            *(key_text(dialect, state.counted.goal_id), period.first.isoformat(), period.last.isoformat()),
            *(standing.target, standing.amount, standing.whole, int(rules.is_achieved(standing))),
        )
        for state, period, standing in rows
    ]
    if not values:
        return
    given = _ROWS.table(dialect).c
    columns = [given[name] for name in _ROWS.columns if name != "achieved"]
    source = select(*columns, given.achieved == 1, bindparam("now", type_=UtcDateTime())).where(true())
    names = [*(column.name for column in columns), "achieved", "written_at"]
    statement = insert_for(session, _snapshots).from_select(names, source)
    changes = {name: statement.excluded[name] for name in names[2:]}
    statement = statement.on_conflict_do_update(index_elements=["goal_id", "first_date"], set_=changes)
    session.execute(statement, {**_ROWS.parameters(dialect, values), "now": now})


def remove(session: Session, strays: Sequence[tuple[State, date]]) -> None:
    """Delete snapshots of periods that are none as the person's zone and weeks now are."""
    if strays:
        dialect = session.get_bind().dialect.name
        rows = [(key_text(dialect, state.counted.goal_id), first.isoformat()) for state, first in strays]
        session.execute(_remove(dialect), _STRAYS.parameters(dialect, rows))


def note(session: Session, some: Sequence[State]) -> None:
    """Note how far the goals' snapshots are now, and when there is something to write again."""
    dialect = session.get_bind().dialect.name
    rows = [(key_text(dialect, state.counted.goal_id), *_noted(state)) for state in some]
    session.execute(_note(dialect), _NOTES.parameters(dialect, rows))


def _noted(state: State) -> tuple[str, str, int | None]:
    through = state.slicing.running(state.kind).first - _ONE_DAY
    through = max(through, state.trusted or through)
    return through.isoformat(), state.slicing.name, minute_of(state.slicing.next_midnight) if state.active else None


# ------------------------------------------------------------------ statements


_now = bindparam("now", type_=UtcDateTime())
_after = bindparam("after", type_=Uuid())
_TAKE_PEOPLE: Final = (
    select(_users.c.id, cast(_users.c.id, String))
    .where(
        _users.c.id.in_(
            union(
                select(_goals.c.user_id).where(_goals.c.due_at <= _now, _goals.c.user_id > _after),
                select(_marks.c.user_id).where(_marks.c.user_id > _after),
            )
        )
    )
    .order_by(_users.c.id)
    .limit(bindparam("people", type_=Integer()))
    .with_for_update(of=_users, key_share=True, skip_locked=True)
)


@cache
def _take_marks(dialect: str) -> ReturningDelete[str, date]:
    people = _PEOPLE.table(dialect)
    return (
        delete(_marks)
        .where(_marks.c.user_id.in_(select(people.c.user_id)))
        .returning(cast(_marks.c.user_id, String), _marks.c.local_date)
    )


@cache
def _states(dialect: str) -> Select[Any]:
    people = _PEOPLE.table(dialect)
    same = ("id", "user_id", "school_id", "name", "target_type", "target_value", "time_period", "active")
    more = ("since", "closed_through", "sliced_by")
    return (
        select(
            *(_goals.c[name] for name in (*same, *more)),
            cast(_goals.c.user_id, String).label("user_key"),
            cast(_goals.c.school_id, String).label("school_key"),
            cast(_goals.c.category_id, String).label("category_key"),
            func.coalesce(_users.c.time_zone, _schools.c.time_zone, DEFAULT_ZONE).label("zone"),
            func.coalesce(_schools.c.week_start, 0).label("week_start"),
        )
        .select_from(
            _goals.join(_users, _users.c.id == _goals.c.user_id).outerjoin(
                _schools, _schools.c.id == _users.c.school_id
            )
        )
        .where(_goals.c.user_id.in_(select(people.c.user_id)))
        .order_by(_goals.c.user_id, _goals.c.id)
    )


@cache
def _terms_of(dialect: str) -> Select[Any]:
    people = _PEOPLE.table(dialect)
    return (
        select(_terms.c.goal_id, _terms.c.from_date, _terms.c.target_value, _terms.c.active)
        .join(_goals, _goals.c.id == _terms.c.goal_id)
        .where(_goals.c.user_id.in_(select(people.c.user_id)))
        .order_by(_terms.c.goal_id, _terms.c.from_date)
    )


@cache
def _known_periods(dialect: str) -> Select[Any]:
    goals = _GOALS.table(dialect)
    same = _snapshots.c.goal_id == goals.c.goal_id
    return select(_snapshots.c.goal_id, _snapshots.c.first_date).join_from(goals, _snapshots, same)


@cache
def _remove(dialect: str) -> Delete:
    strays = _STRAYS.table(dialect)
    named = select(strays.c.place).where(
        strays.c.goal_id == _snapshots.c.goal_id, strays.c.first_date == _snapshots.c.first_date
    )
    of_these = _snapshots.c.goal_id.in_(select(strays.c.goal_id))
    return delete(_snapshots).where(of_these, named.exists())


@cache
def _note(dialect: str) -> Update:
    notes = _NOTES.table(dialect).c
    return (
        update(_goals)
        .where(_goals.c.id == notes.goal_id)
        .values(
            closed_through=notes.closed_through,
            sliced_by=notes.sliced_by,
            due_at=instant_of_minutes(notes.due_minute),
        )
    )
