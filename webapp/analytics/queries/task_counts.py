"""Tasks with a slot minute in a range, by priority (docs/metrics.md, `completion_rate`), for two ranges at once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import BigInteger, Integer, bindparam, case, cast, func, literal_column, select, union_all

from webapp.analytics.types import PriorityFigures
from webapp.core import timezones
from webapp.core.ratios import ratio
from webapp.db.base import table_of
from webapp.db.columns import UtcDateTime
from webapp.db.prepared import Prepared
from webapp.db.sql import greatest, least, minutes_between
from webapp.planner.models import Priority, Slot, Task, TaskStatus
from webapp.rollups.types import EVERYTHING, UNCATEGORISED, CategoryFilter

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from webapp.core.periods import DateRange
    from webapp.core.permissions import Viewer

LONGEST_SLOT = timedelta(hours=24)
_slots = table_of(Slot)
_tasks = table_of(Task)


class TaskCounts(NamedTuple):
    """The counts of one range, one row for each priority from high to low."""

    priorities: list[PriorityFigures]

    @property
    def completion_rate(self) -> float | None:
        """Return completed / tasks, 0..1 to 4 decimals; None when there are no tasks."""
        return ratio(self.completed, self.tasks)

    @property
    def tasks(self) -> int:
        """Return the tasks of all priorities."""
        return sum(row.tasks for row in self.priorities)

    @property
    def completed(self) -> int:
        """Return those of them that are completed now."""
        return sum(row.completed for row in self.priorities)


def task_counts(
    session: Session, viewer: Viewer, current: DateRange, before: DateRange, category: CategoryFilter
) -> tuple[TaskCounts, TaskCounts]:
    """Return the counts of two ranges of the viewer's local dates, in one statement."""
    kind = category if category in {EVERYTHING, UNCATEGORISED} else "one"
    values: dict[str, Any] = {"user_id": viewer.user_id}
    if kind == "one":
        values["category_id"] = category
    for place, dates in enumerate((current, before)):
        start, end = timezones.range_bounds(viewer.zone, dates.first, dates.last)
        values |= {f"start{place}": start, f"end{place}": end, f"reach{place}": start - LONGEST_SLOT}
    found: list[dict[Priority, PriorityFigures]] = [{}, {}]
    for place, priority, tasks, completed, minutes in _STATEMENTS[kind].within(session, values):
        found[place][priority] = PriorityFigures(priority, tasks, completed, minutes)
    return _complete(found[0]), _complete(found[1])


def _complete(found: dict[Priority, PriorityFigures]) -> TaskCounts:
    order = (Priority.HIGH, Priority.MEDIUM, Priority.LOW)
    return TaskCounts([found.get(priority, PriorityFigures(priority, 0, 0, 0)) for priority in order])


def _one_range(place: int, narrowing: ColumnElement[bool] | None) -> Select[Any]:
    planned = _planned(place).subquery(f"planned{place}")
    done = case((_tasks.c.status == TaskStatus.COMPLETED, 1), else_=0)
    counted = select(
        literal_column(str(place), Integer).label("place"),
        _tasks.c.priority,
        func.count(),
        func.sum(done),
        cast(func.sum(planned.c.minutes), BigInteger),
    ).join_from(planned, _tasks, _tasks.c.id == planned.c.task_id)
    counted = counted.where(_tasks.c.status != TaskStatus.CANCELLED).group_by(_tasks.c.priority)
    return counted if narrowing is None else counted.where(narrowing)


def _planned(place: int) -> Select[Any]:
    """Return the minutes of each task in a range: tasks are then looked up once each, and need no counting twice."""
    start, end = bindparam(f"start{place}", type_=UtcDateTime), bindparam(f"end{place}", type_=UtcDateTime)
    reach = bindparam(f"reach{place}", type_=UtcDateTime)
    inside = minutes_between(greatest(_slots.c.starts_at, start), least(_slots.c.ends_at, end))
    return (
        select(_slots.c.task_id, func.sum(inside).label("minutes"))
        .where(
            _slots.c.user_id == bindparam("user_id"),
            _slots.c.starts_at < end,
            _slots.c.starts_at > reach,
            _slots.c.ends_at > start,
        )
        .group_by(_slots.c.task_id)
    )


def _both_ranges(narrowing: ColumnElement[bool] | None) -> Prepared:
    return Prepared(union_all(_one_range(0, narrowing), _one_range(1, narrowing)))


# Made once: building a statement for each request costs more than running it.
_STATEMENTS: Final[dict[object, Prepared]] = {
    EVERYTHING: _both_ranges(None),
    UNCATEGORISED: _both_ranges(_tasks.c.category_id.is_(None)),
    "one": _both_ranges(_tasks.c.category_id == bindparam("category_id")),
}
