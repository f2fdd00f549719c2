"""What the rollups of one person hold for a range, in one statement.

A day is *live* when its row may not tell its figures as of now: it is marked, or it has begun and its row was
built before it ended, or its row was built after now (by a machine whose clock is ahead, say). Live days are named,
and left out of the sums.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    Date,
    Integer,
    String,
    Uuid,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from webapp.core.timezones import local_date
from webapp.db.base import table_of
from webapp.db.columns import UtcDateTime
from webapp.db.prepared import Prepared
from webapp.planner.models import Category
from webapp.planner.types import CategoryRow
from webapp.rest.calendar import NO_REST, Rest
from webapp.rest.queries import read_rest, rest_text
from webapp.rollups.models import DailyCategoryMetrics, DailyMetrics, DirtyDay
from webapp.rollups.types import EVERYTHING, NO_CATEGORY_KEY, NO_FIGURES, UNCATEGORISED, DayFigures, Figures

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy import CTE, Select
    from sqlalchemy.orm import Session

    from webapp.core.periods import DateRange
    from webapp.rollups.types import CategoryFilter, Person

_LIVE, _DAY, _SUM, _NAME, _BEFORE, _REST = range(6)

_days, _parts, _marks = table_of(DailyMetrics), table_of(DailyCategoryMetrics), table_of(DirtyDay)
_categories = table_of(Category)
_FIGURES: Final = DayFigures._fields[1:]
# Those of them that a category has.
_OF_CATEGORY: Final = (
    "scheduled_minutes",
    "studied_minutes",
    "passed_minutes",
    "focus_minutes",
    "completed_tasks_count",
)


@dataclass(slots=True)
class Stored:
    """The answer. `sums` are by category key, the nil id for none; `names` are categories by id.

    `before` sums the days of the period before that are not live. `rest` holds the person's dates of rest where they
    were asked for, and none otherwise.
    """

    live: set[date] = field(default_factory=set)
    days: dict[date, DayFigures] = field(default_factory=dict)
    sums: dict[UUID, Sequence[int]] = field(default_factory=dict)
    names: dict[UUID, CategoryRow] = field(default_factory=dict)
    before: Figures = NO_FIGURES
    rest: Rest = NO_REST


def stored(  # noqa: PLR0913 - each is a part of the question, and there is a branch for each kind of row
    session: Session,
    person: Person,
    loaded: DateRange,
    now: datetime,
    *,
    category: CategoryFilter = EVERYTHING,
    sums_from: date | None = None,
    before: DateRange | None = None,
    rest: bool = False,
) -> Stored:
    """Return the rows of `loaded` narrowed to a category, and the category sums of its dates from `sums_from` on.

    `before` is a period just before `loaded` whose rows are only summed. `live` names every marked date of the
    person, and the other live days of both. `rest` asks for the dates of rest as well.
    """
    statement = _statement(category is not EVERYTHING, sums_from is not None, before is not None, rest)
    values: dict[str, Any] = {"user": person.user_id, "first": loaded.first, "last": loaded.last}
    values |= {"today": local_date(now, person.zone), "now": now, "live_from": loaded.first}
    if before is not None:
        values |= {"live_from": before.first, "before_first": before.first, "before_last": before.last}
    if category is not EVERYTHING:
        values["category"] = NO_CATEGORY_KEY if category is UNCATEGORISED else category
    if sums_from is not None:
        values["sums_from"] = sums_from
    return _read(statement.within(session, values))


def _read(rows: Iterable[Any]) -> Stored:
    answer = Stored()
    for row in rows:
        kind = row[0]
        if kind == _DAY:
            answer.days[row[4]] = DayFigures._make(row[4:])
        elif kind == _LIVE:
            answer.live.add(row[4])
        elif kind == _SUM:
            answer.sums[row[1]] = row[5 : 5 + len(_OF_CATEGORY)]
        elif kind == _NAME:
            answer.names[row[1]] = CategoryRow(row[1], row[2], row[3], archived=bool(row[5]))
        elif kind == _BEFORE:
            answer.before = Figures._make(row[5:])
        else:
            answer.rest = read_rest(row[2])
    return answer


def live_dates(session: Session, person: Person, first: date, last: date, now: datetime) -> set[date]:
    """Return every marked date of the person, and the other live days of the range, of any length."""
    values = {"user": person.user_id, "last": last, "today": local_date(now, person.zone), "now": now}
    values["live_from"] = first
    return set(session.scalars(_LIVE_DATES, values))


def completions_before(session: Session, user_id: UUID, day: date, limit: int) -> list[date]:
    """Return the newest stored dates before the day with a completed task, newest first."""
    return list(session.scalars(_COMPLETIONS, {"user": user_id, "day": day, "limit": limit}))


_user = bindparam("user", type_=Uuid())
_first, _last = bindparam("first", type_=Date()), bindparam("last", type_=Date())
_today = bindparam("today", type_=Date())


@cache
def _statement(narrowed: bool, sums: bool, before: bool, rest: bool) -> Prepared:
    live = _live()
    parts = [_row(_LIVE, day=live.c.local_date), _day_rows(narrowed)]
    if sums:
        parts += [_sums(live), _names()]
    if before:
        parts.append(_before(live, narrowed))
    if rest:
        parts.append(_rest())
    return Prepared(union_all(*parts))


def _row(
    kind: int,
    *numbers: Any,
    day: Any = None,
    key: Any = None,
    name: Any = None,
    color: Any = None,
) -> Select[Any]:
    """Return a part of the union: every part has the same columns, with the same types."""
    padded = (*numbers, *(literal_column("0") for _ in range(len(_FIGURES) - len(numbers))))
    return select(
        literal_column(str(kind)),
        cast(null(), Uuid) if key is None else key,
        cast(null(), String) if name is None else name,
        cast(null(), String) if color is None else color,
        cast(null(), Date) if day is None else day,
        *padded,
    )


def _live() -> CTE:
    marked = select(_marks.c.local_date).where(_marks.c.user_id == _user)
    still_open = select(_days.c.local_date).where(
        _days.c.user_id == _user,
        _days.c.local_date.between(bindparam("live_from", type_=Date()), _last),
        or_(
            and_(_days.c.local_date <= _today, _days.c.built_at < _days.c.day_ends_at),
            _days.c.built_at > bindparam("now", type_=UtcDateTime()),
        ),
    )
    return union_all(marked, still_open).cte("live")


def _numbers(narrowed: bool) -> list[Any]:
    if not narrowed:
        return [_days.c[name] for name in _FIGURES]
    return [func.coalesce(_parts.c[name], 0) if name in _OF_CATEGORY else _days.c[name] for name in _FIGURES]


def _with_parts(rows: Select[Any], narrowed: bool) -> Select[Any]:
    """Return rows of days, each beside the part of it that belongs to the category if narrowed to one."""
    rows = rows.select_from(_days).where(_days.c.user_id == _user)
    if not narrowed:
        return rows
    same_day = and_(_parts.c.user_id == _days.c.user_id, _parts.c.local_date == _days.c.local_date)
    return rows.outerjoin(_parts, and_(same_day, _parts.c.category_key == bindparam("category", type_=Uuid())))


def _day_rows(narrowed: bool) -> Select[Any]:
    rows = _row(_DAY, *_numbers(narrowed), day=_days.c.local_date)
    return _with_parts(rows, narrowed).where(_days.c.local_date.between(_first, _last))


def _before(live: CTE, narrowed: bool) -> Select[Any]:
    first, last = bindparam("before_first", type_=Date()), bindparam("before_last", type_=Date())
    rows = _row(_BEFORE, *(func.coalesce(func.sum(number), 0) for number in _numbers(narrowed)))
    return _with_parts(rows, narrowed).where(
        _days.c.local_date.between(first, last), _days.c.local_date.not_in(select(live.c.local_date))
    )


def _sums(live: CTE) -> Select[Any]:
    numbers = (func.sum(_parts.c[name]) for name in _OF_CATEGORY)
    return (
        _row(_SUM, *numbers, key=_parts.c.category_key)
        .where(
            _parts.c.user_id == _user,
            _parts.c.local_date.between(bindparam("sums_from", type_=Date()), _last),
            _parts.c.local_date.not_in(select(live.c.local_date)),
        )
        .group_by(_parts.c.category_key)
    )


def _names() -> Select[Any]:
    archived = cast(_categories.c.archived, Integer)
    row = _row(_NAME, archived, key=_categories.c.id, name=_categories.c.name, color=_categories.c.color)
    return row.where(_categories.c.user_id == _user)


def _rest() -> Select[Any]:
    rest = rest_text(_user).subquery("rest")
    return _row(_REST, name=rest.c.text).where(rest.c.text.is_not(None))


_COMPLETIONS: Final = (
    select(_days.c.local_date)
    .where(
        _days.c.user_id == _user,
        _days.c.local_date < bindparam("day", type_=Date()),
        _days.c.completed_tasks_count > 0,
    )
    .order_by(_days.c.local_date.desc())
    .limit(bindparam("limit"))
)
_LIVE_DATES: Final = select(_live().c.local_date)
