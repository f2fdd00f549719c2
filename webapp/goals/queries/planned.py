"""The planned time that lies ahead, from the slots themselves: rollups do not keep which future slots are missed."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import Uuid, and_, bindparam, case, func, literal_column, select

from webapp.db.base import table_of
from webapp.db.columns import UtcDateTime
from webapp.db.prepared import Prepared
from webapp.db.sql import greatest, least, minutes_between
from webapp.planner.models import Slot, Task, TaskStatus
from webapp.planner.queries import LONGEST

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

_MINUTE: Final = timedelta(minutes=1)
_slots, _tasks = table_of(Slot), table_of(Task)
Span = tuple["datetime", "datetime"]


class Ahead(NamedTuple):
    """What lies ahead: for each span asked for, the minutes not marked missed by category, None for no category.

    `changes_at` is when time alone next changes what has passed; None where no slot lies ahead.
    """

    minutes: list[dict[UUID | None, int]]
    changes_at: datetime | None

    def total(self, place: int, category_id: UUID | None) -> int:
        """Return the minutes within one of the spans: of a category, or all."""
        found = self.minutes[place]
        return sum(found.values()) if category_id is None else found.get(category_id, 0)


def planned_ahead(session: Session, user_id: UUID, spans: Sequence[Span], now: datetime) -> Ahead:
    """Return a person's planned minutes that have not passed, within each of the spans; one statement.

    A minute has passed when it is over.
    """
    minute = now.replace(second=0, microsecond=0)
    values: dict[str, Any] = {"user": user_id}
    for place, (start, end) in enumerate(spans):
        values[f"start_{place}"], values[f"end_{place}"] = max(start, minute), max(end, minute)
    values["minute"] = minute
    values["reach"] = minute - LONGEST
    values["end"] = max([minute, *(end for _, end in spans)])
    ahead = Ahead([{} for _ in spans], None)
    changes = []
    for category_id, begins, *counts in _statement(len(spans)).within(session, values):
        changes.append(max(begins, minute))
        for found, count in zip(ahead.minutes, counts, strict=True):
            if count:
                found[category_id] = count
    return ahead._replace(changes_at=min(changes) + _MINUTE if changes else None)


@cache
def _statement(spans: int) -> Prepared:
    return Prepared(
        select(_tasks.c.category_id, func.min(_slots.c.starts_at), *map(_minutes, range(spans)))
        .select_from(_slots.join(_tasks, _tasks.c.id == _slots.c.task_id))
        .where(
            _slots.c.user_id == bindparam("user", type_=Uuid()),
            _slots.c.starts_at > _moment("reach"),
            _slots.c.starts_at < _moment("end"),
            _slots.c.ends_at > _moment("minute"),
            _tasks.c.status != TaskStatus.CANCELLED,
        )
        .group_by(_tasks.c.category_id)
    )


def _minutes(place: int) -> Any:
    start, end = _moment(f"start_{place}"), _moment(f"end_{place}")
    inside = and_(_slots.c.starts_at < end, _slots.c.ends_at > start, _slots.c.missed.is_(False))
    length = minutes_between(greatest(_slots.c.starts_at, start), least(_slots.c.ends_at, end))
    return func.sum(case((inside, length), else_=literal_column("0")))


def _moment(name: str) -> Any:
    return bindparam(name, type_=UtcDateTime())
