"""Reading raw rows: everything that figures follow from, for many people and stretches of time in one statement."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
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
    union_all,
)

from webapp.core.intervals import MINUTE
from webapp.db.columns import UtcDateTime
from webapp.db.lists import GivenRows
from webapp.db.sql import instant_of_minutes, minutes_since_epoch
from webapp.planner.models import FocusWindow, Slot, Task, TaskStatus
from webapp.rollups.days import RawRows, instant_of
from webapp.xp.models import XpEntry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, CompoundSelect
    from sqlalchemy.orm import Session

_SLOT, _WINDOW, _COMPLETION, _AWARD = range(4)
# No slot or window is longer, so none that begins earlier can reach into a stretch.
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
    if len(stretches) == 1:
        rows = session.execute(_OF_ONE, _limits(stretches[0]))
    else:
        dialect = session.get_bind().dialect.name
        rows = session.execute(_of_many(dialect), _WANTED.parameters(dialect, stretches))
    for kind, place, start, end, value, category in rows:
        if kind == _SLOT:
            found[place].slots.append((start, end, value, category))
        elif kind == _WINDOW:
            found[place].windows.append((start, end))
        elif kind == _COMPLETION:
            found[place].completions.append((start, category))
        else:
            found[place].awards.append((start, value))
    return found


def _limits(stretch: Stretch) -> dict[str, Any]:
    start, end = instant_of(stretch.start), instant_of(stretch.end)
    return {"user_id": UUID(stretch.user_key), "reach": start - LONGEST, "start": start, "end": end}


class _Wanted(NamedTuple):
    """What is wanted, as columns or parameters: `reach` is when something that touches it may begin at the earliest."""

    place: Any
    user_id: Any
    reach: Any
    start: Any
    end: Any


def _everything(wanted: _Wanted) -> CompoundSelect[Any]:
    """Return the rows of all four kinds, as (kind, place, start, end, value, category)."""
    no_category = literal_column("''", String)
    category = func.coalesce(cast(Task.category_id, String), no_category)
    began, ended = minutes_since_epoch(Slot.starts_at), minutes_since_epoch(Slot.ends_at)
    opened, closed = minutes_since_epoch(FocusWindow.starts_at), minutes_since_epoch(FocusWindow.ends_at)
    completed, earned = minutes_since_epoch(Task.completed_at), minutes_since_epoch(XpEntry.earned_at)
    return union_all(
        select(_number(_SLOT), wanted.place, began, ended, cast(Slot.missed, Integer), category)
        .join(Task, Task.id == Slot.task_id)
        .where(_touches(Slot, wanted), Task.status != TaskStatus.CANCELLED),
        select(_number(_WINDOW), wanted.place, opened, closed, _number(0), no_category).where(
            _touches(FocusWindow, wanted)
        ),
        select(_number(_COMPLETION), wanted.place, completed, _number(0), _number(0), category).where(
            _lies_in(Task.user_id, Task.completed_at, wanted)
        ),
        select(_number(_AWARD), wanted.place, earned, _number(0), XpEntry.amount, no_category).where(
            _lies_in(XpEntry.user_id, XpEntry.earned_at, wanted)
        ),
    )


def _number(value: int) -> ColumnElement[int]:
    return literal_column(str(value), Integer)


def _touches(table: type[Slot | FocusWindow], wanted: _Wanted) -> ColumnElement[bool]:
    reaches = and_(table.starts_at >= wanted.reach, table.ends_at > wanted.start)
    return and_(table.user_id == wanted.user_id, table.starts_at < wanted.end, reaches)


def _lies_in(user_id: Any, instant: Any, wanted: _Wanted) -> ColumnElement[bool]:
    return and_(user_id == wanted.user_id, instant >= wanted.start, instant < wanted.end)


_moment = UtcDateTime()
_OF_ONE: Final = _everything(
    _Wanted(
        _number(0),
        bindparam("user_id", type_=Uuid()),
        bindparam("reach", type_=_moment),
        bindparam("start", type_=_moment),
        bindparam("end", type_=_moment),
    )
)
_WANTED: Final = GivenRows("wanted", user_id=Uuid(), first=BigInteger(), past=BigInteger())


@cache
def _of_many(dialect: str) -> CompoundSelect[Any]:
    given = _WANTED.table(dialect).c
    reach, start, end = given.first - LONGEST // MINUTE, given.first, given.past
    moments = {"reach": reach, "start": start, "end": end}
    columns = (instant_of_minutes(minute).label(name) for name, minute in moments.items())
    wanted = select(given.place, given.user_id, *columns).cte("stretch").c
    return _everything(_Wanted(wanted.place, wanted.user_id, wanted.reach, wanted.start, wanted.end))
