"""What was done in stretches of local dates, for many people and stretches at once.

Clean days are summed by the database, marked and open ones are computed from raw rows, so every sum is exact.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import (
    Date,
    Integer,
    Uuid,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    true,
    union_all,
)

from webapp.core.timezones import local_date
from webapp.db.base import table_of
from webapp.db.columns import UtcDateTime
from webapp.db.lists import POSTGRESQL, GivenRows
from webapp.db.prepared import Prepared
from webapp.rollups.models import DailyCategoryMetrics, DailyMetrics, DirtyDay
from webapp.rollups.rebuild import Run, computed
from webapp.rollups.types import NO_CATEGORY_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from webapp.rollups.rebuild import Built, Owner

_WHOLE, _NARROWED, _LIVE = range(3)
_days, _parts, _marks = table_of(DailyMetrics), table_of(DailyCategoryMetrics), table_of(DirtyDay)
_DATES: Final = {"first": Date(), "last": Date(), "today": Date()}
_whole: Final = GivenRows("whole", user_id=Uuid(), **_DATES)
_narrowed: Final = GivenRows("narrowed", user_id=Uuid(), category=Uuid(), **_DATES)
_reach: Final = GivenRows("reach", user_id=Uuid(), **_DATES)


class Stretch(NamedTuple):
    """A person and a category, by the database's text of their ids, and local dates, both inclusive.

    Without a category, everything.
    """

    owner_key: str
    category_key: str | None
    first: date
    last: date


class Amounts(NamedTuple):
    """What was done; of a category there are no `xp` and no `lessons`."""

    studied: int = 0
    passed: int = 0
    completed: int = 0
    xp: int = 0
    lessons: int = 0


NOTHING: Final = Amounts()


def amounts(
    session: Session, owners: Mapping[str, Owner], wanted: Iterable[Stretch], now: datetime
) -> dict[Stretch, Amounts]:
    """Return what was done in each stretch by now. At most two statements; `owners` by their keys."""
    asked = sorted(set(wanted), key=lambda each: (each.owner_key, each.category_key or "", each.first, each.last))
    if not asked:
        return {}
    sums, live = _stored(session, owners, asked, now)
    if live:
        runs = [Run(owners[key], *run) for key, days in live.items() for run in _runs(days)]
        _add_live(sums, live, computed(session, runs, now))
    return {stretch: Amounts._make(sums.get(stretch, NOTHING)) for stretch in asked}


def _stored(
    session: Session, owners: Mapping[str, Owner], asked: Sequence[Stretch], now: datetime
) -> tuple[dict[Stretch, Sequence[int]], dict[str, dict[int, set[Stretch]]]]:
    """Return the sums of clean days, and by owner and day (an ordinal) the stretches from which it was left out."""
    dialect = session.get_bind().dialect.name
    todays = {key: local_date(now, owner.zone).isoformat() for key, owner in owners.items()}
    summed = [each for each in asked if each.category_key is None], [each for each in asked if each.category_key]
    reaches = _reaches(asked)
    values: dict[str, Any] = {"now": now}
    values |= _whole.parameters(dialect, [(each.owner_key, *_ends(each, todays)) for each in summed[_WHOLE]])
    narrowed = [(each.owner_key, each.category_key, *_ends(each, todays)) for each in summed[_NARROWED]]
    values |= _narrowed.parameters(dialect, narrowed)
    values |= _reach.parameters(dialect, [(each.owner_key, *_ends(each, todays)) for each in reaches])
    sums: dict[Stretch, Sequence[int]] = {}
    open_days: dict[str, list[date]] = defaultdict(list)
    for kind, place, day, *numbers in _statement(dialect).within(session, values):
        if kind == _LIVE:
            open_days[reaches[place].owner_key].append(day)
        elif numbers[0] is not None:
            sums[summed[kind][place]] = numbers
    return sums, _left_out(asked, open_days)


def _ends(stretch: Stretch, todays: Mapping[str, str]) -> tuple[str, str, str]:
    return stretch.first.isoformat(), stretch.last.isoformat(), todays[stretch.owner_key]


def _reaches(asked: Iterable[Stretch]) -> list[Stretch]:
    """Return for each owner one stretch that holds all of theirs."""
    reaches: dict[str, Stretch] = {}
    for each in asked:
        known = reaches.get(each.owner_key, each)
        ends = min(known.first, each.first), max(known.last, each.last)
        reaches[each.owner_key] = Stretch(each.owner_key, None, *ends)
    return list(reaches.values())


def _left_out(asked: Iterable[Stretch], open_days: Mapping[str, Iterable[date]]) -> dict[str, dict[int, set[Stretch]]]:
    live: dict[str, dict[int, set[Stretch]]] = defaultdict(lambda: defaultdict(set))
    for stretch in asked:
        for day in open_days.get(stretch.owner_key, ()):
            if stretch.first <= day <= stretch.last:
                live[stretch.owner_key][day.toordinal()].add(stretch)
    return live


def _add_live(
    sums: dict[Stretch, Sequence[int]], live: Mapping[str, Mapping[int, set[Stretch]]], days: Iterable[Built]
) -> None:
    for owner, number, figures, categories in days:
        whole = Amounts(
            figures.studied_minutes,
            figures.passed_minutes,
            figures.completed_tasks_count,
            figures.xp,
            figures.lessons_completed,
        )
        for stretch in live[owner.key].get(number, ()):
            if stretch.category_key is None:
                more = whole
            else:
                counts = categories.get(_as_built(stretch.category_key))
                more = Amounts(counts[1], counts[2], counts[4]) if counts else NOTHING
            before = sums.get(stretch, NOTHING)
            sums[stretch] = [one + other for one, other in zip(before, more, strict=True)]


def _as_built(category_key: str) -> str:
    return "" if category_key == NO_CATEGORY_KEY.hex else category_key


def _runs(days: Iterable[int]) -> list[tuple[int, int]]:
    """Return consecutive numbers as (first, last)."""
    runs: list[tuple[int, int]] = []
    for day in sorted(days):
        if runs and day == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs


# ------------------------------------------------------------------ the statement


@cache
def _statement(dialect: str) -> Prepared:
    whole, narrowed, reach = (given.table(dialect) for given in (_whole, _narrowed, _reach))
    columns = (
        _days.c.studied_minutes,
        _days.c.passed_minutes,
        _days.c.completed_tasks_count,
        _days.c.xp,
        _days.c.lessons_completed,
    )
    of_category = [_parts.c[name] for name in ("studied_minutes", "passed_minutes", "completed_tasks_count")]
    same_day = and_(_parts.c.user_id == _days.c.user_id, _parts.c.local_date == _days.c.local_date)
    everything = select(*_numbers(map(func.sum, columns))).where(_in(whole, _days), _is_clean(whole))
    category = (
        select(*_numbers([*map(func.sum, of_category), _zero(), _zero()]))
        .select_from(_days.join(_parts, same_day))
        # The dates are said of both tables, so that either can be read by its key.
        .where(_in(narrowed, _days), _in(narrowed, _parts), _parts.c.category_key == narrowed.c.category)
        .where(_is_clean(narrowed))
    )
    is_open = select(_days.c.local_date.label("day")).where(_in(reach, _days), _is_open(reach))
    marked = select(_marks.c.local_date.label("day")).where(_in(reach, _marks))
    return Prepared(
        union_all(
            _sums(dialect, _WHOLE, whole, everything),
            _sums(dialect, _NARROWED, narrowed, category),
            _live(dialect, reach, is_open),
            _live(dialect, reach, marked),
        )
    )


def _numbers(columns: Iterable[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    return [column.label(f"number_{place}") for place, column in enumerate(columns)]


def _zero() -> ColumnElement[int]:
    return func.sum(literal_column("0", Integer))


def _in(wanted: Any, table: Any) -> ColumnElement[bool]:
    return and_(table.c.user_id == wanted.c.user_id, table.c.local_date.between(wanted.c.first, wanted.c.last))


def _is_open(wanted: Any) -> ColumnElement[bool]:
    """Say that the row of a day may not tell its figures as of now."""
    return or_(
        and_(_days.c.local_date <= wanted.c.today, _days.c.built_at < _days.c.day_ends_at),
        _days.c.built_at > bindparam("now", type_=UtcDateTime()),
    )


def _is_clean(wanted: Any) -> ColumnElement[bool]:
    mark = select(_marks.c.mark).where(_marks.c.user_id == _days.c.user_id, _marks.c.local_date == _days.c.local_date)
    return and_(~_is_open(wanted), ~mark.exists())


def _sums(dialect: str, kind: int, wanted: Any, found: Select[Any]) -> Select[Any]:
    """Return one row of sums for each stretch; on PostgreSQL stretch by stretch, so that the key is used."""
    head = (literal_column(str(kind), Integer), wanted.c.place, cast(null(), Date))
    if dialect == POSTGRESQL:
        each = found.correlate(wanted).lateral()
        return select(*head, *(cast(column, Integer) for column in each.c)).join_from(wanted, each, true())
    columns = list(found.selected_columns)
    return found.with_only_columns(*head, *columns).group_by(wanted.c.place)


def _live(dialect: str, wanted: Any, found: Select[Any]) -> Select[Any]:
    head = (literal_column(str(_LIVE), Integer), wanted.c.place)
    padding = [literal_column("0", Integer)] * len(Amounts._fields)
    if dialect == POSTGRESQL:
        each = found.correlate(wanted).offset(literal_column("0")).lateral()
        return select(*head, each.c.day, *padding).join_from(wanted, each, true())
    return found.with_only_columns(*head, *found.selected_columns, *padding)
