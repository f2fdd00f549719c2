"""The rows behind a figure: what `/dashboard/explain` lists, with the sum that the figure is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Select, exists, select

from webapp.analytics.types import Evidence, EvidenceRow, Figure
from webapp.core import clock, timezones
from webapp.core.intervals import Interval, clip, clip_all, floor_minute, intersection, minutes, total_minutes, union
from webapp.core.ratios import ratio
from webapp.db.base import table_of
from webapp.learning.models import Course, Lesson, LessonProgress
from webapp.planner.models import Category, FocusWindow, Slot, Task, TaskStatus
from webapp.rest.queries import rest_of
from webapp.rollups.types import EVERYTHING, UNCATEGORISED, CategoryFilter
from webapp.xp.models import XpEntry

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.periods import DateRange
    from webapp.core.permissions import Viewer
    from webapp.planner.models import Priority

LONGEST_SLOT = timedelta(hours=24)
_slots, _tasks, _categories = table_of(Slot), table_of(Task), table_of(Category)
_windows, _awards = table_of(FocusWindow), table_of(XpEntry)
_progress, _lesson_texts, _courses = table_of(LessonProgress), table_of(Lesson), table_of(Course)


class Question(NamedTuple):
    """Which rows are asked for: whose, between which instants, and narrowed to what."""

    session: Session
    user_id: UUID
    start: datetime
    end: datetime
    now: datetime
    zone: str
    category: CategoryFilter
    priority: Priority | None

    @property
    def past_end(self) -> datetime:
        """Return the end of the range, or now where that comes first."""
        return min(self.end, self.now)


def evidence(
    session: Session,
    viewer: Viewer,
    figure: Figure,
    dates: DateRange,
    category: CategoryFilter = EVERYTHING,
    priority: Priority | None = None,
) -> Evidence:
    """Return every row behind a figure of the viewer's own, newest first, and the sums that they give.

    As docs/metrics.md defines the figure; focus windows, XP and lessons are not narrowed by category or priority.
    """
    start, end = timezones.range_bounds(viewer.zone, dates.first, dates.last)
    now = floor_minute(clock.now())
    asked = Question(session, viewer.user_id, start, end, now, viewer.zone, category, priority)
    return _FINDERS[figure](asked, figure)


def _scheduled(asked: Question, figure: Figure) -> Evidence:
    rows = [_slot_row(row, asked.start, asked.end) for row in _slot_rows(asked)]
    return _summed(figure, rows)


def _studied(asked: Question, figure: Figure) -> Evidence:
    found = [row for row in _slot_rows(asked) if not row.missed and row.starts_at < asked.past_end]
    return _summed(figure, [_slot_row(row, asked.start, asked.past_end) for row in found])


def _follow_through(asked: Question, figure: Figure) -> Evidence:
    rows, passed = [], 0
    for found in _slot_rows(asked):
        if found.starts_at < asked.past_end:
            row = _slot_row(found, asked.start, asked.past_end)
            passed += row.value
            rows.append(replace(row, value=0, note=f"{row.note}, {row.value} min") if found.missed else row)
    return _fraction(figure, rows, sum(row.value for row in rows), passed)


def _focus(asked: Question, figure: Figure) -> Evidence:
    slots = [Interval(row.starts_at, row.ends_at) for row in _slot_rows(asked)]
    windows = clip_all(_window_rows(asked), asked.start, asked.end)
    rows = [_interval_row("Planned inside a focus window", piece) for piece in intersection(slots, windows)]
    return _summed(figure, rows)


def _focus_use(asked: Question, figure: Figure) -> Evidence:
    slots = [Interval(row.starts_at, row.ends_at) for row in _slot_rows(asked)]
    rows, available = [], 0
    for window in union(clip_all(_window_rows(asked), asked.start, asked.end)):
        used = total_minutes(intersection(slots, [window]))
        available += minutes(window)
        rows.append(EvidenceRow("Focus window", window.start, window.end, f"of {minutes(window)} min kept free", used))
    return _fraction(figure, rows, sum(row.value for row in rows), available)


def _completed(asked: Question, figure: Figure) -> Evidence:
    statement = _narrowed(
        _task_columns().where(
            _tasks.c.user_id == asked.user_id,
            _tasks.c.completed_at >= asked.start,
            _tasks.c.completed_at < asked.end,
            _tasks.c.status != TaskStatus.CANCELLED,
        ),
        asked,
    )
    found = asked.session.execute(statement)
    rows = [EvidenceRow(row.title, row.completed_at, None, row.category or "", 1, row.id) for row in found]
    return _summed(figure, rows)


def _completion_rate(asked: Question, figure: Figure) -> Evidence:
    with_slots = exists().where(
        _slots.c.task_id == _tasks.c.id,
        _slots.c.starts_at < asked.end,
        _slots.c.starts_at > asked.start - LONGEST_SLOT,
        _slots.c.ends_at > asked.start,
    )
    statement = _task_columns().where(
        _tasks.c.user_id == asked.user_id, _tasks.c.status != TaskStatus.CANCELLED, with_slots
    )
    rows = []
    for row in asked.session.execute(_narrowed(statement, asked)):
        done = row.status == TaskStatus.COMPLETED
        note = "completed" if done else "still open"
        rows.append(EvidenceRow(row.title, row.completed_at or row.created_at, None, note, int(done), row.id))
    return _fraction(figure, rows, sum(row.value for row in rows), len(rows))


def _xp(asked: Question, figure: Figure) -> Evidence:
    statement = select(_awards).where(
        _awards.c.user_id == asked.user_id, _awards.c.earned_at >= asked.start, _awards.c.earned_at < asked.end
    )
    rows = [
        EvidenceRow(row.label or "Award", row.earned_at, None, "given" if row.amount > 0 else "taken back", row.amount)
        for row in asked.session.execute(statement)
    ]
    return _summed(figure, rows)


def _lessons(asked: Question, figure: Figure) -> Evidence:
    statement = (
        select(_lesson_texts.c.title, _progress.c.completed_at, _courses.c.title.label("course"))
        .join_from(_progress, _lesson_texts, _lesson_texts.c.id == _progress.c.lesson_id)
        .join(_courses, _courses.c.id == _progress.c.course_id)
        .where(
            _progress.c.user_id == asked.user_id,
            _progress.c.completed_at >= asked.start,
            _progress.c.completed_at < asked.end,
        )
    )
    found = asked.session.execute(statement)
    return _summed(figure, [EvidenceRow(row.title, row.completed_at, None, row.course, 1) for row in found])


def _streak(asked: Question, figure: Figure) -> Evidence:
    statement = _task_columns().where(_tasks.c.user_id == asked.user_id, _tasks.c.completed_at.is_not(None))
    days: dict[date, list[Any]] = {}
    for row in asked.session.execute(_narrowed(statement, asked)):
        days.setdefault(timezones.local_date(row.completed_at, asked.zone), []).append(row)
    today = timezones.local_date(asked.now, asked.zone)
    day = today if today in days else today - timedelta(days=1)
    rest, first = rest_of(asked.session, asked), min(days, default=today)
    rows = []
    while day in days or (day > first and day in rest):
        if day in days:
            titles = ", ".join(row.title for row in days[day][:3])
            rows.append(EvidenceRow(f"{len(days[day])} completed", days[day][0].completed_at, None, titles, 1))
        day -= timedelta(days=1)
    return _summed(figure, rows)


def _slot_rows(asked: Question) -> list[Any]:
    statement = (
        select(
            _slots.c.starts_at,
            _slots.c.ends_at,
            _slots.c.missed,
            _tasks.c.id,
            _tasks.c.title,
            _categories.c.name.label("category"),
        )
        .join_from(_slots, _tasks, _tasks.c.id == _slots.c.task_id)
        .outerjoin(_categories, _categories.c.id == _tasks.c.category_id)
        .where(
            _slots.c.user_id == asked.user_id,
            _slots.c.starts_at < asked.end,
            _slots.c.starts_at > asked.start - LONGEST_SLOT,
            _slots.c.ends_at > asked.start,
            _tasks.c.status != TaskStatus.CANCELLED,
        )
    )
    return list(asked.session.execute(_narrowed(statement, asked)))


def _window_rows(asked: Question) -> list[Interval]:
    statement = select(_windows.c.starts_at, _windows.c.ends_at).where(
        _windows.c.user_id == asked.user_id,
        _windows.c.starts_at < asked.end,
        _windows.c.starts_at > asked.start - LONGEST_SLOT,
        _windows.c.ends_at > asked.start,
    )
    return [Interval(start, end) for start, end in asked.session.execute(statement)]


def _task_columns() -> Select[Any]:
    columns = (_tasks.c.id, _tasks.c.title, _tasks.c.status, _tasks.c.completed_at, _tasks.c.created_at)
    named = _categories.c.name.label("category")
    return select(*columns, named).outerjoin_from(_tasks, _categories, _categories.c.id == _tasks.c.category_id)


def _narrowed(statement: Select[Any], asked: Question) -> Select[Any]:
    if asked.category is UNCATEGORISED:
        statement = statement.where(_tasks.c.category_id.is_(None))
    elif asked.category is not EVERYTHING:
        statement = statement.where(_tasks.c.category_id == asked.category)
    if asked.priority is not None:
        statement = statement.where(_tasks.c.priority == asked.priority)
    return statement


def _slot_row(row: Any, start: datetime, end: datetime) -> EvidenceRow:
    part = clip(Interval(row.starts_at, row.ends_at), start, end) or Interval(start, start)
    note = " · ".join(filter(None, (row.category, "missed" if row.missed else "")))
    return EvidenceRow(row.title, part.start, part.end, note, minutes(part), row.id)


def _interval_row(title: str, piece: Interval) -> EvidenceRow:
    return EvidenceRow(title, piece.start, piece.end, "", minutes(piece))


def _summed(figure: Figure, rows: list[EvidenceRow]) -> Evidence:
    total = sum(row.value for row in rows)
    return Evidence(figure, _newest_first(rows), len(rows), total, None, total)


def _fraction(figure: Figure, rows: list[EvidenceRow], part: int, whole: int) -> Evidence:
    return Evidence(figure, _newest_first(rows), len(rows), part, whole, ratio(part, whole))


def _newest_first(rows: list[EvidenceRow]) -> list[EvidenceRow]:
    return sorted(rows, key=lambda row: (row.when, row.title), reverse=True)


_FINDERS: dict[Figure, Callable[[Question, Figure], Evidence]] = {
    Figure.SCHEDULED_MINUTES: _scheduled,
    Figure.STUDIED_MINUTES: _studied,
    Figure.FOCUS_MINUTES: _focus,
    Figure.FOCUS_TIME_UTILIZATION: _focus_use,
    Figure.FOLLOW_THROUGH: _follow_through,
    Figure.COMPLETED_TASKS_COUNT: _completed,
    Figure.COMPLETION_RATE: _completion_rate,
    Figure.XP: _xp,
    Figure.LESSONS_COMPLETED: _lessons,
    Figure.STREAK_DAYS_COMPLETED: _streak,
}
