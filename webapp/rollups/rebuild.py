"""Computing daily rows from raw rows, for many people at a time.

Safe to run twice, at once, or halfway. Whoever computes a day has first taken it: a drain by removing its mark, a
full rebuild by locking the person against writes. A write that comes meanwhile waits at the mark or at the
person, and marks the day again; a transaction that fails puts the marks back.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import Date, String, Uuid, cast, delete, func, select, text

from webapp.accounts.models import User
from webapp.core.timezones import is_zone
from webapp.core.timings import timed
from webapp.db.base import table_of
from webapp.db.bulk import insert_rows, stored_instant
from webapp.db.lists import POSTGRESQL, GivenRows
from webapp.rollups import raw
from webapp.rollups.days import cut, day_figures, instant_of, local_days, minute_of
from webapp.rollups.hooks import days_computed, people_rebuilt
from webapp.rollups.models import DailyCategoryMetrics, DailyMetrics, DirtyDay
from webapp.rollups.types import NO_CATEGORY_KEY
from webapp.schools.models import School

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Delete, Select, Table
    from sqlalchemy.orm import Session

    from webapp.rollups.days import CategoryCounts
    from webapp.rollups.types import Figures

# Few enough that other writers do not wait for long.
MARKS_AT_ONCE: Final = 2_000
DEFAULT_ZONE: Final = "UTC"
# Before and after everything: the years 1880 and 2290, in minutes since 1970.
_EVER: Final = (-47_000_000, 168_000_000)
_NO_CATEGORY_KEY: Final = NO_CATEGORY_KEY.hex  # a form that both databases read
_DAILY_TABLE, _CATEGORY_TABLE = table_of(DailyMetrics), table_of(DailyCategoryMetrics)
_DAILY: Final = tuple(_DAILY_TABLE.columns.keys())
_CATEGORY: Final = tuple(_CATEGORY_TABLE.columns.keys())


class Owner(NamedTuple):
    """A person whose days are computed, with ids as the database's own text."""

    key: str
    zone: str
    school_key: str | None


class Run(NamedTuple):
    """Consecutive days of one person, first and last inclusive, as ordinals; None for all that ever were."""

    owner: Owner
    first: int | None = None
    last: int | None = None


class Built(NamedTuple):
    """One computed day."""

    owner: Owner
    day: int
    figures: Figures
    categories: dict[str, CategoryCounts]


@timed("rollups.drain")
def drain(session: Session, now: datetime, limit: int = MARKS_AT_ONCE) -> int:
    """Compute up to so many marked days and remove their marks; return how many, 0 when none was left.

    Marks that another drain has taken are left to it.
    """
    marked = _take_marks(session, limit)
    owners = owners_of(session, list(marked))
    runs = [Run(owner, *run) for owner in owners for run in _runs(marked[owner.key])]
    _replace(session, runs, now)
    days_computed(session, marked)
    return sum(len(days) for days in marked.values())


def rebuild_people(session: Session, user_keys: Sequence[str], now: datetime) -> int:
    """Compute every day of these people from nothing and remove their marks; return the number of days with figures.

    Holds up their writes until the transaction ends, so pass few at a time.
    """
    owners = owners_of(session, user_keys, against_writes=True)
    dialect = session.get_bind().dialect.name
    session.execute(_forget_marks(dialect), _PEOPLE.parameters(dialect, [[owner.key] for owner in owners]))
    days = _replace(session, [Run(owner) for owner in owners], now)
    people_rebuilt(session, user_keys, now)
    return days


def owners_of(session: Session, user_keys: Sequence[str], *, against_writes: bool = False) -> list[Owner]:
    """Return those of the people who exist, with their zones; lock them against writes if so asked."""
    dialect = session.get_bind().dialect.name
    statement = _owners(dialect)
    if against_writes:
        statement = statement.with_for_update(of=User, key_share=True)
    rows = session.execute(statement, _PEOPLE.parameters(dialect, [[key] for key in user_keys]))
    return [Owner(key, zone if is_zone(zone) else DEFAULT_ZONE, school_key) for key, zone, school_key in rows]


def computed(session: Session, runs: Sequence[Run], now: datetime) -> Iterator[Built]:
    """Yield the days of the runs that have any figure or category, computed from raw rows as of now."""
    minute = minute_of(now)
    for run, rows in zip(runs, raw.read(session, [_stretch(run) for run in runs]), strict=True):
        for number, day in cut(local_days(run.owner.zone), rows).items():
            if run.first is None or run.last is None or run.first <= number <= run.last:
                figures, categories = day_figures(day, minute)
                if categories or any(figures):
                    yield Built(run.owner, number, figures, categories)


def _stretch(run: Run) -> raw.Stretch:
    if run.first is None or run.last is None:
        return raw.Stretch(run.owner.key, *_EVER)
    days = local_days(run.owner.zone)
    return raw.Stretch(run.owner.key, days.start(run.first), days.start(run.last + 1))


def _runs(ordinals: Iterable[int]) -> list[tuple[int, int]]:
    """Return consecutive numbers as (first, last), sorted."""
    runs: list[tuple[int, int]] = []
    for number in sorted(ordinals):
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


# ------------------------------------------------------------------ taking


_PEOPLE: Final = GivenRows("people", user_id=Uuid())
# Rows are found by their place in the table on PostgreSQL, because its planner cannot know how long a table is that
# fills and empties all day.
_TAKE_MARKS: Final = {
    POSTGRESQL: """
        DELETE FROM dirty_days WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM dirty_days ORDER BY user_id, local_date LIMIT :marks FOR UPDATE SKIP LOCKED
        )) RETURNING CAST(user_id AS VARCHAR), local_date""",
    "sqlite": """
        DELETE FROM dirty_days WHERE (user_id, local_date) IN (
            SELECT user_id, local_date FROM dirty_days ORDER BY user_id, local_date LIMIT :marks
        ) RETURNING user_id, local_date""",
}


def _take_marks(session: Session, limit: int) -> dict[str, list[int]]:
    statement = text(_TAKE_MARKS[session.get_bind().dialect.name]).columns(user_key=String(), local_date=Date())
    marked = defaultdict(list)
    for key, day in session.execute(statement, {"marks": limit}):
        marked[key].append(day.toordinal())
    return marked


@cache
def _owners(dialect: str) -> Select[str, str, str | None]:
    people = _PEOPLE.table(dialect)
    zone = func.coalesce(User.time_zone, School.time_zone, DEFAULT_ZONE)
    return (
        select(cast(User.id, String), zone, cast(User.school_id, String))
        .outerjoin(School, School.id == User.school_id)
        .where(User.id.in_(select(people.c.user_id)))
        .order_by(User.id)
    )


@cache
def _forget_marks(dialect: str) -> Delete:
    people = _PEOPLE.table(dialect)
    return (
        delete(DirtyDay)
        .where(DirtyDay.user_id.in_(select(people.c.user_id)))
        .execution_options(synchronize_session=False)
    )


# ------------------------------------------------------------------ writing


def _replace(session: Session, runs: Sequence[Run], now: datetime) -> int:
    """Put computed rows in place of those of the runs; days without figures keep no row."""
    dialect = session.get_bind().dialect.name
    built_at = stored_instant(dialect, now)
    days: list[tuple[Any, ...]] = []
    parts: list[tuple[Any, ...]] = []
    for owner, number, figures, categories in computed(session, runs, now):
        day, ends_at = _iso(number), _ends_at(dialect, owner.zone, number)
        days.append((owner.key, day, owner.school_key, ends_at, built_at, *figures))
        for key, counts in categories.items():
            parts.append((owner.key, day, key or _NO_CATEGORY_KEY, *counts))
    for table, columns, rows in ((_DAILY_TABLE, _DAILY, days), (_CATEGORY_TABLE, _CATEGORY, parts)):
        _delete_runs(session, table, runs)
        insert_rows(session, table, columns, rows)
    return len(days)


@lru_cache(maxsize=100_000)
def _ends_at(dialect: str, zone: str, number: int) -> str | int:
    return stored_instant(dialect, instant_of(local_days(zone).start(number + 1)))


@lru_cache(maxsize=10_000)
def _iso(number: int) -> str:
    return date.fromordinal(number).isoformat()


# As above, each run is looked up by the key of the table.
_DELETE_RUNS: Final = {
    POSTGRESQL: """
        DELETE FROM {table} WHERE ctid = ANY (ARRAY(
            SELECT old.ctid
            FROM unnest(CAST(:users AS UUID[]), CAST(:firsts AS DATE[]), CAST(:lasts AS DATE[]))
                AS run(owner, first, last)
            CROSS JOIN LATERAL (
                SELECT ctid FROM {table}
                WHERE user_id = run.owner AND local_date BETWEEN run.first AND run.last
                OFFSET 0
            ) AS old
        ))""",
    "sqlite": "DELETE FROM {table} WHERE user_id = :user AND local_date BETWEEN :first AND :last",
}


def _delete_runs(session: Session, table: Table, runs: Sequence[Run]) -> None:
    if not runs:
        return
    connection = session.connection()
    dialect = connection.dialect.name
    rows = [(run.owner.key, _iso(run.first or 1), _iso(run.last or date.max.toordinal())) for run in runs]
    statement = text(_DELETE_RUNS[dialect].format(table=table.name))
    if dialect == POSTGRESQL:
        users, firsts, lasts = (list(values) for values in zip(*rows, strict=True))
        connection.execute(statement, {"users": users, "firsts": firsts, "lasts": lasts})
    else:
        connection.execute(statement, [dict(zip(("user", "first", "last"), row, strict=True)) for row in rows])
