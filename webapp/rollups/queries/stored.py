"""What the rollups of one person hold for a range, in one statement.

A day is *live* when its row may not tell its figures as of now: it is marked, or it has begun and its row was
built before it ended, or its row was built after now (by a machine whose clock is ahead, say). Live days are named,
and left out of the sums.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Date, String, Uuid, and_, bindparam, cast, func, literal_column, null, or_, select, union_all

from webapp.core.timezones import local_date
from webapp.db.base import table_of
from webapp.db.columns import UtcDateTime
from webapp.planner.models import Category
from webapp.rollups.models import DailyCategoryMetrics, DailyMetrics, DirtyDay
from webapp.rollups.types import EVERYTHING, NO_CATEGORY_KEY, UNCATEGORISED, DayFigures

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy import CTE, CompoundSelect, Select
    from sqlalchemy.orm import Session

    from webapp.core.periods import DateRange
    from webapp.rollups.types import CategoryFilter, Person

_LIVE, _DAY, _SUM, _NAME = range(4)

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
    """The answer. `sums` are by category key, the nil id for none; `names` are names and colours."""

    live: set[date] = field(default_factory=set)
    days: dict[date, DayFigures] = field(default_factory=dict)
    sums: dict[UUID, Sequence[int]] = field(default_factory=dict)
    names: dict[UUID, tuple[str, str]] = field(default_factory=dict)


def stored(
    session: Session,
    person: Person,
    loaded: DateRange,
    now: datetime,
    *,
    category: CategoryFilter = EVERYTHING,
    sums_from: date | None = None,
) -> Stored:
    """Return the rows of `loaded` narrowed to a category, and the category sums of its dates from `sums_from` on.

    `live` names every marked date of the person, and the other live days of the range.
    """
    statement = _statement(category is not EVERYTHING, sums_from is not None)
    values: dict[str, Any] = {"user": person.user_id, "first": loaded.first, "last": loaded.last}
    values |= {"today": local_date(now, person.zone), "now": now}
    if category is not EVERYTHING:
        values["category"] = NO_CATEGORY_KEY if category is UNCATEGORISED else category
    if sums_from is not None:
        values["sums_from"] = sums_from
    answer = Stored()
    for row in session.execute(statement, values).all():
        kind = row[0]
        if kind == _DAY:
            day = DayFigures._make(row[4:])
            answer.days[day.local_date] = day
        elif kind == _LIVE:
            answer.live.add(row[4])
        elif kind == _SUM:
            answer.sums[row[1]] = row[5 : 5 + len(_OF_CATEGORY)]
        else:
            answer.names[row[1]] = (row[2], row[3])
    return answer


def live_dates(session: Session, person: Person, first: date, last: date, now: datetime) -> set[date]:
    """Return every marked date of the person, and the other live days of the range, of any length."""
    values = {"user": person.user_id, "first": first, "last": last, "today": local_date(now, person.zone), "now": now}
    return set(session.scalars(_LIVE_DATES, values))


def completions_before(session: Session, user_id: UUID, day: date, limit: int) -> list[date]:
    """Return the newest stored dates before the day with a completed task, newest first."""
    return list(session.scalars(_COMPLETIONS, {"user": user_id, "day": day, "limit": limit}))


_user = bindparam("user", type_=Uuid())
_first, _last = bindparam("first", type_=Date()), bindparam("last", type_=Date())
_today = bindparam("today", type_=Date())


@cache
def _statement(narrowed: bool, sums: bool) -> CompoundSelect[Any]:
    live = _live()
    parts = [_row(_LIVE, day=live.c.local_date), _narrowed_days() if narrowed else _row_of_days()]
    if sums:
        parts += [_sums(live), _names()]
    return union_all(*parts)


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
        _days.c.local_date.between(_first, _last),
        or_(
            and_(_days.c.local_date <= _today, _days.c.built_at < _days.c.day_ends_at),
            _days.c.built_at > bindparam("now", type_=UtcDateTime()),
        ),
    )
    return union_all(marked, still_open).cte("live")


def _row_of_days() -> Select[Any]:
    numbers = (_days.c[name] for name in _FIGURES)
    return _row(_DAY, *numbers, day=_days.c.local_date).where(
        _days.c.user_id == _user, _days.c.local_date.between(_first, _last)
    )


def _narrowed_days() -> Select[Any]:
    same_day = and_(_parts.c.user_id == _days.c.user_id, _parts.c.local_date == _days.c.local_date)
    one = and_(same_day, _parts.c.category_key == bindparam("category", type_=Uuid()))
    numbers = (func.coalesce(_parts.c[name], 0) if name in _OF_CATEGORY else _days.c[name] for name in _FIGURES)
    return (
        _row(_DAY, *numbers, day=_days.c.local_date)
        .select_from(_days)
        .outerjoin(_parts, one)
        .where(_days.c.user_id == _user, _days.c.local_date.between(_first, _last))
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
    return _row(_NAME, key=_categories.c.id, name=_categories.c.name, color=_categories.c.color).where(
        _categories.c.user_id == _user
    )


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
