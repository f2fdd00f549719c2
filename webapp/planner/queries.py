"""Reading a person's own plan. Each list costs the same few statements, however long it is."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, case, func, or_, select

from webapp.core import clock, timezones
from webapp.core.errors import InvalidInputError, NotFoundError
from webapp.core.paging import Listing
from webapp.core.text import folded
from webapp.db.columns import UtcDateTime
from webapp.db.prepared import Prepared
from webapp.planner.models import Category, FocusWindow, Priority, Slot, Task, UndoEntry
from webapp.planner.types import (
    MAXIMUM_SLOT_HOURS,
    NO_CATEGORY,
    CalendarRows,
    CategoryRow,
    DeletedRow,
    FocusWindowRow,
    SlotRow,
    TaskRow,
    TaskSlotRow,
    by_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.planner.types import FocusWindowFilter, TaskFilter

LONGEST = timedelta(hours=MAXIMUM_SLOT_HOURS)
TASKS_AT_ONCE = 500
MOST_DELETED = 50
TASK_COLUMNS = (
    *(Task.id, Task.title, Task.notes, Task.category_id, Category.name, Category.color),
    *(Task.priority, Task.status, Task.due_at, Task.completed_at, Task.created_at),
)
# Made once: building a statement costs more than the database takes to answer.
_CATEGORIES = Prepared(
    select(Category.id, Category.name, Category.color, Category.archived).where(
        Category.user_id == bindparam("user_id", type_=Uuid())
    )
)
_URGENCY = case({Priority.HIGH: 0, Priority.MEDIUM: 1}, value=Task.priority, else_=2)
_DUE = Task.due_at.asc().nulls_last()  # said in this way, both databases read it from the index
_NEWEST = (Task.created_at.desc(), Task.id.desc())
ORDERS: dict[str, tuple[Any, ...]] = {
    "due": (_DUE, *_NEWEST),
    "-due": (Task.due_at.desc().nulls_last(), *_NEWEST),
    "created": (Task.created_at, Task.id),
    "-created": _NEWEST,
    "title": (Task.search_text, *_NEWEST),
    "-title": (Task.search_text.desc(), *_NEWEST),
    "priority": (_URGENCY, _DUE, *_NEWEST),
    "completed": (Task.completed_at.desc().nulls_last(), *_NEWEST),
}


def categories(session: Session, viewer: Viewer, *, include_archived: bool = False) -> list[CategoryRow]:
    """Return the viewer's categories by name."""
    rows = [CategoryRow(*row) for row in _CATEGORIES.within(session, {"user_id": viewer.user_id})]
    return sorted((row for row in rows if include_archived or not row.archived), key=by_name)


def tasks(session: Session, viewer: Viewer, filters: TaskFilter) -> Listing[TaskRow]:
    """Return one page of the viewer's tasks with their slots: three statements, whatever the filters."""
    conditions = [Task.user_id == viewer.user_id, *_conditions(viewer, filters)]
    total = session.execute(select(func.count()).select_from(Task).where(*conditions)).scalar_one()
    order = ORDERS[filters.sort]
    # Only ids are sorted, for notes are long; the few rows of the page are fetched by them.
    page = select(Task.id).where(*conditions).order_by(*order).limit(filters.limit).offset(filters.offset)
    chosen = page.subquery()
    statement = (
        select(*TASK_COLUMNS)
        .join(chosen, Task.id == chosen.c.id)
        .outerjoin(Category, Task.category_id == Category.id)
        .order_by(*order)
    )
    return Listing(_with_slots(session, session.execute(statement).all()), total, filters.limit, filters.offset)


def all_tasks(session: Session, viewer: Viewer, filters: TaskFilter) -> Iterator[TaskRow]:
    """Yield every task that the filters match, in the order of creation; some hundred are in memory at a time."""
    conditions = [Task.user_id == viewer.user_id, *_conditions(viewer, filters)]
    statement = select(*TASK_COLUMNS).outerjoin(Category, Task.category_id == Category.id).where(*conditions)
    statement = statement.order_by(Task.id).limit(TASKS_AT_ONCE)
    rows = session.execute(statement).all()
    while rows:
        yield from _with_slots(session, rows)
        rows = session.execute(statement.where(Task.id > rows[-1][0])).all()


def task(session: Session, viewer: Viewer, task_id: UUID) -> TaskRow:
    """Return one of the viewer's tasks, or raise NotFoundError."""
    statement = select(*TASK_COLUMNS).outerjoin(Category, Task.category_id == Category.id)
    found = session.execute(statement.where(Task.id == task_id, Task.user_id == viewer.user_id)).all()
    if not found:
        raise NotFoundError
    return _with_slots(session, found)[0]


def calendar(session: Session, viewer: Viewer, first: date, last: date) -> CalendarRows:
    """Return what touches the local dates from first to last, both inclusive; two statements."""
    start, end = timezones.range_bounds(viewer.zone, first, last)
    return CalendarRows(_slots(session, viewer, start, end), _focus_windows(session, viewer, start, end))


def deleted(session: Session, viewer: Viewer) -> list[DeletedRow]:
    """Return what the viewer deleted a moment ago and has not brought back, the newest first; at most fifty."""
    mine = (UndoEntry.user_id == viewer.user_id, UndoEntry.expires_at > clock.now())
    columns = select(UndoEntry.id, UndoEntry.kind, UndoEntry.payload, UndoEntry.expires_at).where(*mine)
    rows = session.execute(columns.order_by(UndoEntry.expires_at.desc(), UndoEntry.id.desc()).limit(MOST_DELETED))
    kept = [(row, row.payload[row.kind]) for row in rows if row.kind in row.payload]
    titles = _titles(session, viewer, [UUID(what["task_id"]) for _, what in kept if "task_id" in what])
    return [_deleted(row, what, titles) for row, what in kept]


def _deleted(row: Any, what: dict[str, Any], titles: Mapping[UUID, str]) -> DeletedRow:
    title = titles.get(UUID(what["task_id"]), "") if "task_id" in what else ""
    return DeletedRow(
        id=row.id,
        kind=row.kind,
        name=what.get("title") or what.get("name") or title,
        starts_at=_instant(what.get("starts_at")),
        ends_at=_instant(what.get("ends_at")),
        until=row.expires_at,
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _titles(session: Session, viewer: Viewer, task_ids: Sequence[UUID]) -> Mapping[UUID, str]:
    if not task_ids:
        return {}
    mine = select(Task.id, Task.title).where(Task.user_id == viewer.user_id, Task.id.in_(task_ids))
    return dict(session.execute(mine).all())


def focus_windows(session: Session, viewer: Viewer, first: date, last: date) -> list[FocusWindowRow]:
    """Return the focus windows that touch the local dates from first to last, both inclusive."""
    return _focus_windows(session, viewer, *timezones.range_bounds(viewer.zone, first, last))


def focus_window_page(session: Session, viewer: Viewer, filters: FocusWindowFilter) -> Listing[FocusWindowRow]:
    """Return one page of the viewer's focus windows, earliest first; either end of the dates may be open."""
    conditions = [FocusWindow.user_id == viewer.user_id, *_touching(viewer, filters.start_date, filters.end_date)]
    total = session.execute(select(func.count()).select_from(FocusWindow).where(*conditions)).scalar_one()
    statement = (
        select(FocusWindow.id, FocusWindow.starts_at, FocusWindow.ends_at)
        .where(*conditions)
        .order_by(FocusWindow.starts_at, FocusWindow.ends_at, FocusWindow.id)
        .limit(filters.limit)
        .offset(filters.offset)
    )
    rows = [FocusWindowRow(*row) for row in session.execute(statement)]
    return Listing(rows, total, filters.limit, filters.offset)


def _touching(viewer: Viewer, first: date | None, last: date | None) -> Iterable[ColumnElement[bool]]:
    if first:
        start = timezones.day_start(viewer.zone, first)
        yield FocusWindow.starts_at > start - LONGEST
        yield FocusWindow.ends_at > start
    if last:
        yield FocusWindow.starts_at < timezones.day_start(viewer.zone, last + timedelta(days=1))


def _slots(session: Session, viewer: Viewer, start: datetime, end: datetime) -> list[SlotRow]:
    return [SlotRow(*row) for row in _CALENDAR_SLOTS.within(session, _between(viewer, start, end))]


def _focus_windows(session: Session, viewer: Viewer, start: datetime, end: datetime) -> list[FocusWindowRow]:
    return [FocusWindowRow(*row) for row in _CALENDAR_WINDOWS.within(session, _between(viewer, start, end))]


def _overlapping(columns: Any) -> tuple[ColumnElement[bool], ...]:
    """Say that an interval of the person overlaps [start, end); `earliest` lets the index bound the search."""
    return (
        columns.user_id == bindparam("user_id", type_=Uuid()),
        columns.starts_at > bindparam("earliest", type_=UtcDateTime()),
        columns.starts_at < bindparam("end", type_=UtcDateTime()),
        columns.ends_at > bindparam("start", type_=UtcDateTime()),
    )


def _between(viewer: Viewer, start: datetime, end: datetime) -> dict[str, Any]:
    return {"user_id": viewer.user_id, "start": start, "end": end, "earliest": start - LONGEST}


def _calendar_slots() -> Select[Any]:
    slot, task, category = Slot.__table__.c, Task.__table__.c, Category.__table__.c
    return (
        select(
            *(slot.id, slot.task_id, task.title, task.category_id, category.name, category.color),
            *(task.status, task.priority, slot.starts_at, slot.ends_at, slot.missed),
        )
        .select_from(
            Slot.__table__.join(Task.__table__, slot.task_id == task.id).outerjoin(
                Category.__table__, task.category_id == category.id
            )
        )
        .where(*_overlapping(slot))
        .order_by(slot.starts_at, slot.ends_at, slot.id)
    )


def _calendar_windows() -> Select[Any]:
    window = FocusWindow.__table__.c
    columns = (window.id, window.starts_at, window.ends_at)
    return select(*columns).where(*_overlapping(window)).order_by(window.starts_at, window.ends_at, window.id)


# The week is asked for at every visit: its statements are made once, and speak of tables rather than of entities.
_CALENDAR_SLOTS = Prepared(_calendar_slots())
_CALENDAR_WINDOWS = Prepared(_calendar_windows())


def _conditions(viewer: Viewer, filters: TaskFilter) -> Iterable[ColumnElement[bool]]:
    if filters.status is not None:
        yield Task.status == filters.status
    if filters.priority is not None:
        yield Task.priority == filters.priority
    if filters.category_id is not None:
        wanted = filters.category_id
        yield Task.category_id.is_(None) if wanted == NO_CATEGORY else Task.category_id == wanted
    if filters.q:
        yield Task.search_text.contains(folded(filters.q), autoescape=True)
    if filters.start_date or filters.end_date:
        yield _in_range(viewer, filters.start_date, filters.end_date)


def _in_range(viewer: Viewer, first: date | None, last: date | None) -> ColumnElement[bool]:
    """Say that a slot of the task, its due moment or its completion lies in the local dates; either end may be open."""
    if first and last and last < first:
        raise InvalidInputError.of("end_date", "The last date must not be before the first.")
    start = timezones.day_start(viewer.zone, first) if first else None
    end = timezones.day_start(viewer.zone, last + timedelta(days=1)) if last else None
    slot = select(Slot.task_id).where(Slot.user_id == viewer.user_id)
    if start:
        slot = slot.where(Slot.starts_at > start - LONGEST, Slot.ends_at > start)
    if end:
        slot = slot.where(Slot.starts_at < end)
    return or_(Task.id.in_(slot), *(_within(column, start, end) for column in (Task.due_at, Task.completed_at)))


def _within(column: Any, start: datetime | None, end: datetime | None) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = column.is_not(None)
    if start:
        condition &= column >= start
    if end:
        condition &= column < end
    return condition


def _with_slots(session: Session, rows: Iterable[Any]) -> list[TaskRow]:
    found = list(rows)
    statement = (
        select(Slot.task_id, Slot.id, Slot.starts_at, Slot.ends_at, Slot.missed)
        .where(Slot.task_id.in_([row[0] for row in found]))
        .order_by(Slot.task_id, Slot.starts_at, Slot.ends_at, Slot.id)
    )
    grouped = groupby(session.execute(statement), key=lambda slot: slot[0])
    slots = {task_id: tuple(TaskSlotRow(*slot[1:]) for slot in group) for task_id, group in grouped}
    return [TaskRow(*(*row, slots.get(row[0], ()))) for row in found]
