"""Reading raw rows: everything that figures follow from, for many people and stretches of time in one statement."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Integer,
    String,
    Uuid,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    true,
    union_all,
)

from webapp.core.intervals import MINUTE
from webapp.db.columns import UtcDateTime
from webapp.db.lists import POSTGRESQL, GivenRows
from webapp.db.prepared import Prepared
from webapp.db.sql import instant_of_minutes, minutes_since_epoch
from webapp.learning.models import Attempt, LessonProgress
from webapp.planner.models import FocusWindow, Slot, Task, TaskStatus
from webapp.rollups.days import RawRows, instant_of
from webapp.xp.models import XpEntry

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import CTE, ColumnElement, CompoundSelect, Select
    from sqlalchemy.orm import Session

_SLOT, _WINDOW, _COMPLETION, _AWARD, _LESSON = range(5)  # and attempts after them
# No slot or window is longer, so none that begins earlier can reach into a stretch.
_ROWS_AT_ONCE: Final = 1_000
LONGEST: Final = timedelta(hours=24)


class Stretch(NamedTuple):
    """A person, by the text form of their id in the database, and a half-open interval in minutes since 1970."""

    user_key: str
    start: int
    end: int


def read(session: Session, stretches: Sequence[Stretch]) -> list[RawRows]:
    """Return what touches each stretch, in the order of the stretches; one statement."""
    found = [RawRows() for _ in stretches]
    if not stretches:
        return found
    for start, end, value, category, kind, place in _rows(session, stretches):
        if kind == _SLOT:
            found[place].slots.append((start, end, value, category))
        elif kind == _WINDOW:
            found[place].windows.append((start, end))
        elif kind == _COMPLETION:
            found[place].completions.append((start, category))
        elif kind == _AWARD:
            found[place].awards.append((start, value))
        else:
            (found[place].lessons if kind == _LESSON else found[place].attempts).append(start)
    return found


def _rows(session: Session, stretches: Sequence[Stretch]) -> Iterable[Any]:
    if len(stretches) == 1:
        return _OF_ONE.within(session, _limits(stretches[0]))
    dialect = session.get_bind().dialect.name
    rows = session.execute(_of_many(dialect), _WANTED.parameters(dialect, stretches))
    # In parts: one by one they come slowly, and all at once they keep the garbage collector busy.
    return chain.from_iterable(rows.partitions(_ROWS_AT_ONCE))


def _limits(stretch: Stretch) -> dict[str, Any]:
    start, end = instant_of(stretch.start), instant_of(stretch.end)
    return {"user_id": UUID(stretch.user_key), "reach": start - LONGEST, "start": start, "end": end}


class _Wanted(NamedTuple):
    """What is wanted, as columns or parameters: `reach` is when something that touches it may begin at the earliest."""

    user_id: Any
    reach: Any
    start: Any
    end: Any


def _kinds(wanted: _Wanted) -> list[Select[Any]]:
    """Return the rows of each kind, in the order of the kinds, as (start, end, value, category)."""
    began, ended = minutes_since_epoch(Slot.starts_at), minutes_since_epoch(Slot.ends_at)
    opened, closed = minutes_since_epoch(FocusWindow.starts_at), minutes_since_epoch(FocusWindow.ends_at)
    completed, earned = minutes_since_epoch(Task.completed_at), minutes_since_epoch(XpEntry.earned_at)
    learnt, submitted = minutes_since_epoch(LessonProgress.completed_at), minutes_since_epoch(Attempt.submitted_at)
    category = func.coalesce(cast(Task.category_id, String), literal_column("''", String))
    return [
        _columns(began, ended, cast(Slot.missed, Integer), category)
        .join(Task, Task.id == Slot.task_id)
        .where(_touches(Slot, wanted), Task.status != TaskStatus.CANCELLED),
        _columns(opened, closed).where(_touches(FocusWindow, wanted)),
        _columns(completed, category=category).where(_lies_in(Task.user_id, Task.completed_at, wanted)),
        _columns(earned, value=XpEntry.amount).where(_lies_in(XpEntry.user_id, XpEntry.earned_at, wanted)),
        _columns(learnt).where(_lies_in(LessonProgress.user_id, LessonProgress.completed_at, wanted)),
        _columns(submitted).where(_lies_in(Attempt.user_id, Attempt.submitted_at, wanted)),
    ]


def _columns(start: Any, end: Any = None, value: Any = None, category: Any = None) -> Select[Any]:
    return select(
        start.label("start_minute"),
        (_number(0) if end is None else end).label("end_minute"),
        (_number(0) if value is None else value).label("value"),
        (literal_column("''", String) if category is None else category).label("category"),
    )


def _number(value: int) -> ColumnElement[int]:
    return literal_column(str(value), Integer)


def _touches(table: type[Slot | FocusWindow], wanted: _Wanted) -> ColumnElement[bool]:
    reaches = and_(table.starts_at >= wanted.reach, table.ends_at > wanted.start)
    return and_(table.user_id == wanted.user_id, table.starts_at < wanted.end, reaches)


def _lies_in(user_id: Any, instant: Any, wanted: _Wanted) -> ColumnElement[bool]:
    return and_(user_id == wanted.user_id, instant >= wanted.start, instant < wanted.end)


_moment = UtcDateTime()
_ONE = _Wanted(
    bindparam("user_id", type_=Uuid()),
    bindparam("reach", type_=_moment),
    bindparam("start", type_=_moment),
    bindparam("end", type_=_moment),
)
_OF_ONE: Final = Prepared(
    union_all(*(rows.add_columns(_number(kind), _number(0)) for kind, rows in enumerate(_kinds(_ONE))))
)
_WANTED: Final = GivenRows("wanted", user_id=Uuid(), first=BigInteger(), past=BigInteger())


@cache
def _of_many(dialect: str) -> CompoundSelect[Any]:
    """Return what `_OF_ONE` returns, for each of the wanted stretches."""
    given = _WANTED.table(dialect).c
    moments = {"reach": given.first - LONGEST // MINUTE, "start": given.first, "end": given.past}
    columns = (instant_of_minutes(minute).label(name) for name, minute in moments.items())
    stretch = select(given.place, given.user_id, *columns).cte("stretch")
    kinds = _kinds(_Wanted(stretch.c.user_id, stretch.c.reach, stretch.c.start, stretch.c.end))
    if dialect == POSTGRESQL:
        return union_all(*(_one_after_another(kind, rows, stretch) for kind, rows in enumerate(kinds)))
    return union_all(*(rows.add_columns(_number(kind), stretch.c.place) for kind, rows in enumerate(kinds)))


def _one_after_another(kind: int, rows: Select[Any], stretch: CTE) -> Select[Any]:
    """Look the rows of each stretch up by index; the offset keeps the planner from reading whole tables instead."""
    found = rows.correlate(stretch).offset(literal_column("0")).lateral()
    return select(*found.c, _number(kind), stretch.c.place).join_from(stretch, found, true())
