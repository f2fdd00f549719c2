"""Comparing stored days with what the raw rows give: `flask rollups verify`."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Uuid, select

from webapp.db.base import table_of
from webapp.db.lists import GivenRows
from webapp.rollups.days import instant_of, local_days
from webapp.rollups.hooks import Difference, other_differences
from webapp.rollups.models import DailyCategoryMetrics, DailyMetrics, DirtyDay
from webapp.rollups.rebuild import Run, computed, owners_of
from webapp.rollups.types import NO_CATEGORY_KEY, CategoryFigures, Figures

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

_days, _parts, _marks = table_of(DailyMetrics), table_of(DailyCategoryMetrics), table_of(DirtyDay)
_PEOPLE: Final = GivenRows("people", user_id=Uuid())
# What moves with the clock while a day is open, and is therefore never read from an open row.
_MOVING: Final = frozenset({"studied_minutes", "passed_minutes"})
_OF_CATEGORY: Final = CategoryFigures._fields[3:]


# What is compared: of a whole day, or of one category of it.
_Key = tuple[str, date, UUID | None]


class _Row(NamedTuple):
    """What is stored under a key; a part has the ends of its day."""

    numbers: tuple[int, ...]
    ends_at: datetime | None = None
    built_at: datetime | None = None


def differences(session: Session, user_keys: Sequence[str], now: datetime) -> Iterator[Difference]:
    """Yield what differs for these people; marked days are skipped, for nobody reads their rows.

    Pass a session that sees one snapshot.
    """
    owners = owners_of(session, user_keys)
    zones = {owner.key: owner.zone for owner in owners}
    stored, marked = _stored(session, user_keys), _marked(session, user_keys)
    expected: dict[_Key, tuple[int, ...]] = {}
    for built in computed(session, [Run(owner) for owner in owners], now):
        day = date.fromordinal(built.day)
        expected[built.owner.key, day, None] = built.figures
        for category, counts in built.categories.items():
            expected[built.owner.key, day, UUID(category) if category else NO_CATEGORY_KEY] = tuple(counts)
    for key in sorted(stored.keys() | expected.keys(), key=str):
        if key[:2] not in marked:
            row, whole = stored.get(key), stored.get((*key[:2], None))
            yield from _compared(key, row, whole, expected.get(key))
            yield from _wrong_end(key, row, zones[key[0]])
    yield from other_differences(session, user_keys, now)


def _compared(key: _Key, row: _Row | None, whole: _Row | None, right: tuple[int, ...] | None) -> Iterator[Difference]:
    names = Figures._fields if key[2] is None else _OF_CATEGORY
    moving = _MOVING if whole is None or _is_open(whole) else frozenset()
    nothing = (0,) * len(names)
    for name, one, other in zip(names, row.numbers if row else nothing, right or nothing, strict=True):
        if one != other and name not in moving:
            yield Difference(*key, name, one, other)


def _is_open(row: _Row) -> bool:
    return row.built_at is not None and row.ends_at is not None and row.built_at < row.ends_at


def _wrong_end(key: _Key, row: _Row | None, zone: str) -> Iterator[Difference]:
    if row is not None and row.ends_at is not None:
        right = instant_of(local_days(zone).start(key[1].toordinal() + 1))
        if row.ends_at != right:
            yield Difference(*key, "day_ends_at", row.ends_at, right)


def _stored(session: Session, user_keys: Sequence[str]) -> dict[_Key, _Row]:
    dialect = session.get_bind().dialect.name
    values = _PEOPLE.parameters(dialect, [[key] for key in user_keys])
    rows: dict[_Key, _Row] = {}
    for place, day, ends_at, built_at, *numbers in session.execute(_day_rows(dialect), values):
        rows[user_keys[place], day, None] = _Row(tuple(numbers), ends_at, built_at)
    for place, day, category, *numbers in session.execute(_part_rows(dialect), values):
        rows[user_keys[place], day, category] = _Row(tuple(numbers))
    return rows


def _marked(session: Session, user_keys: Sequence[str]) -> set[tuple[str, date]]:
    dialect = session.get_bind().dialect.name
    values = _PEOPLE.parameters(dialect, [[key] for key in user_keys])
    return {(user_keys[place], day) for place, day in session.execute(_mark_rows(dialect), values)}


@cache
def _day_rows(dialect: str) -> Select[Any]:
    people = _PEOPLE.table(dialect).c
    numbers = (_days.c[name] for name in Figures._fields)
    columns = (people.place, _days.c.local_date, _days.c.day_ends_at, _days.c.built_at, *numbers)
    return select(*columns).where(_days.c.user_id == people.user_id)


@cache
def _part_rows(dialect: str) -> Select[Any]:
    people = _PEOPLE.table(dialect).c
    numbers = (_parts.c[name] for name in _OF_CATEGORY)
    columns = (people.place, _parts.c.local_date, _parts.c.category_key, *numbers)
    return select(*columns).where(_parts.c.user_id == people.user_id)


@cache
def _mark_rows(dialect: str) -> Select[Any]:
    people = _PEOPLE.table(dialect).c
    return select(people.place, _marks.c.local_date).where(_marks.c.user_id == people.user_id)
