"""Reading raw rows: everything that figures follow from, for many people and stretches of time in one statement."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import (
    ARRAY,
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
    type_coerce,
    union_all,
)

from webapp.db.columns import UtcDateTime
from webapp.db.sql import minutes_since_epoch
from webapp.planner.models import FocusWindow, Slot, Task, TaskStatus
from webapp.rollups.days import RawRows
from webapp.xp.models import XpEntry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import CTE, ColumnElement, CompoundSelect, Select
    from sqlalchemy.orm import Session

_SLOT, _WINDOW, _COMPLETION, _AWARD = range(4)
# No slot or window is longer, so none that begins earlier can reach into a stretch.
LONGEST: Final = 1440


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
    postgres = session.get_bind().dialect.name == "postgresql"
    statement, parameters = (_POSTGRES, _arrays(stretches)) if postgres else (_SQLITE, _text(stretches))
    for kind, place, start, end, value, category in session.execute(statement, parameters).tuples():
        if kind == _SLOT:
            found[place].slots.append((start, end, value, category))
        elif kind == _WINDOW:
            found[place].windows.append((start, end))
        elif kind == _COMPLETION:
            found[place].completions.append((start, category))
        else:
            found[place].awards.append((start, value))
    return found


def _arrays(stretches: Sequence[Stretch]) -> dict[str, Any]:
    users, starts, ends = zip(*stretches, strict=True)
    return {"users": list(users), "starts": list(starts), "ends": list(ends)}


def _text(stretches: Sequence[Stretch]) -> dict[str, Any]:
    return {"stretches": json.dumps(stretches, separators=(",", ":"))}


def _wanted_on_postgres() -> CTE:
    given = (
        func.unnest(
            cast(bindparam("users", type_=ARRAY(String)), ARRAY(Uuid)),
            bindparam("starts", type_=ARRAY(BigInteger)),
            bindparam("ends", type_=ARRAY(BigInteger)),
        )
        .table_valued("user_id", "starts", "ends", with_ordinality="place", name="given")
        .render_derived()
    )
    start, end = given.c.starts, given.c.ends
    moments = [func.to_timestamp(60 * minute, type_=UtcDateTime) for minute in (start - LONGEST, start, end)]
    return _wanted(cast(given.c.place - 1, Integer), given.c.user_id, *moments)


def _wanted_on_sqlite() -> CTE:
    given = func.json_each(bindparam("stretches", type_=String)).table_valued("key", "value", name="given")
    user_id, start, end = (
        func.json_extract(given.c.value, literal_column(path)) for path in ("'$[0]'", "'$[1]'", "'$[2]'")
    )
    moments = [type_coerce(60_000_000 * minute, UtcDateTime) for minute in (start - LONGEST, start, end)]
    return _wanted(given.c.key, type_coerce(user_id, Uuid), *moments)


def _wanted(place: Any, user_id: Any, reach: Any, start: Any, end: Any) -> CTE:
    """Name the columns; `reach` is the earliest instant at which something may begin that touches the stretch."""
    columns = {"place": place, "user_id": user_id, "reach": reach, "start": start, "end": end}
    return select(*(column.label(name) for name, column in columns.items())).cte("wanted").prefix_with("MATERIALIZED")


def _everything(wanted: CTE) -> CompoundSelect[Any]:
    """Return the rows of all four kinds, as (kind, place, start, end, value, category)."""
    nothing, no_category = literal_column("0", Integer), literal_column("''", String)
    category = func.coalesce(cast(Task.category_id, String), no_category)
    slots = (
        _kind(_SLOT, wanted, *_times(Slot), cast(Slot.missed, Integer), category)
        .join(Slot, _touches(Slot, wanted))
        .join(Task, and_(Task.id == Slot.task_id, Task.status != TaskStatus.CANCELLED))
    )
    windows = _kind(_WINDOW, wanted, *_times(FocusWindow), nothing, no_category).join(
        FocusWindow, _touches(FocusWindow, wanted)
    )
    completions = _kind(_COMPLETION, wanted, minutes_since_epoch(Task.completed_at), nothing, nothing, category).join(
        Task, _lies_in(Task.user_id, Task.completed_at, wanted)
    )
    awards = _kind(_AWARD, wanted, minutes_since_epoch(XpEntry.earned_at), nothing, XpEntry.amount, no_category).join(
        XpEntry, _lies_in(XpEntry.user_id, XpEntry.earned_at, wanted)
    )
    return union_all(slots, windows, completions, awards)


def _kind(number: int, wanted: CTE, *columns: Any) -> Select[Any]:
    return select(literal_column(str(number), Integer), wanted.c.place, *columns).select_from(wanted)


def _times(table: type[Slot | FocusWindow]) -> tuple[Any, Any]:
    return minutes_since_epoch(table.starts_at), minutes_since_epoch(table.ends_at)


def _touches(table: type[Slot | FocusWindow], wanted: CTE) -> ColumnElement[bool]:
    reaches = and_(table.starts_at >= wanted.c.reach, table.ends_at > wanted.c.start)
    return and_(table.user_id == wanted.c.user_id, table.starts_at < wanted.c.end, reaches)


def _lies_in(user_id: Any, instant: Any, wanted: CTE) -> ColumnElement[bool]:
    return and_(user_id == wanted.c.user_id, instant >= wanted.c.start, instant < wanted.c.end)


_POSTGRES: Final = _everything(_wanted_on_postgres())
_SQLITE: Final = _everything(_wanted_on_sqlite())
