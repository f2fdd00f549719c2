"""The rows of demo students, collected in the order in which they came to be and written many at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from webapp.db.base import table_of
from webapp.db.bulk import insert_rows, stored_instant
from webapp.goals.models import Goal, GoalTerms
from webapp.planner.models import Category, FocusWindow, Priority, Slot, Task, TaskStatus, search_text
from webapp.rollups.days import EPOCH
from webapp.xp.models import XpEntry, XpReason
from webapp.xp.service import points_for_task

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from random import Random

    from sqlalchemy.orm import Session

    from webapp.db.base import Base
    from webapp.goals.types import TargetType, TimePeriod

VERSION_7, VARIANT = 0x7, 0b10
MINUTE = timedelta(minutes=1)

OWNER = ("id", "user_id", "school_id")
COLUMNS: dict[type[Base], tuple[str, ...]] = {
    Category: (*OWNER, "name", "name_key", "color", "archived", "created_at"),
    Task: (
        *(*OWNER, "category_id", "title", "notes", "search_text", "priority", "status"),
        *("due_at", "completed_at", "created_at"),
    ),
    Slot: (*OWNER, "task_id", "starts_at", "ends_at", "missed", "import_key", "created_at"),
    FocusWindow: (*OWNER, "starts_at", "ends_at", "import_key", "created_at"),
    XpEntry: (*OWNER, "amount", "reason", "source_id", "label", "earned_at", "created_at"),
    Goal: (
        *(*OWNER, "category_id", "name", "target_type", "target_value", "time_period"),
        *("active", "created_at", "since", "due_at"),
    ),
    GoalTerms: ("goal_id", "from_date", "target_value", "active"),
}
INSTANTS = ("_at", "since")


@dataclass(slots=True)
class Ids:
    """Version 7 ids that follow from the seed; each is a millisecond after the one before."""

    dice: Random
    millisecond: int

    def new(self) -> str:
        """Return the next id as 32 hexadecimal digits, which both databases take."""
        self.millisecond += 1
        bits = (VERSION_7 << 76) | (self.dice.getrandbits(12) << 64) | (VARIANT << 62) | self.dice.getrandbits(62)
        return f"{self.millisecond:012x}{bits:020x}"


@dataclass(frozen=True, slots=True)
class Plan:
    """A task as it was meant and as it went; instants are minutes since 1970.

    Each slot is (start, end, missed). `done` is when it gets done, which may still lie ahead; `reopened` says that
    it was ticked off too early once before.
    """

    title: str
    created: int
    category: str | None = None
    priority: Priority = Priority.MEDIUM
    notes: str = ""
    due: int | None = None
    slots: tuple[tuple[int, int, bool], ...] = ()
    done: int | None = None
    cancelled: bool = False
    reopened: bool = False


@dataclass(slots=True)
class Rows:
    """The rows of one student, with instants as minutes since 1970; nothing has happened yet after the minute `now`."""

    user: str
    school: str | None
    ids: Ids
    now: int
    tables: dict[type[Base], list[tuple[Any, ...]]] = field(default_factory=lambda: {model: [] for model in COLUMNS})

    def category(self, name: str, color: str, created: int) -> str:
        """Add a category and return its id."""
        identity = self.ids.new()
        self.tables[Category].append((identity, self.user, self.school, name, name.casefold(), color, False, created))
        return identity

    def window(self, start: int, end: int) -> None:
        """Add a focus window."""
        created = min(start, self.now)
        self.tables[FocusWindow].append((self.ids.new(), self.user, self.school, start, end, None, created))

    def plan(self, plan: Plan) -> None:
        """Add a task with its slots and points, as far as things have gone by now."""
        identity, created = self.ids.new(), min(plan.created, self.now)
        done = plan.done if plan.done is not None and plan.done <= self.now else None
        status = TaskStatus.COMPLETED if done else TaskStatus.CANCELLED if plan.cancelled else TaskStatus.OPEN
        what = (plan.category, plan.title, plan.notes, _search_text(plan.title, plan.notes), plan.priority.value)
        self.tables[Task].append((identity, self.user, self.school, *what, status.value, plan.due, done, created))
        for start, end, missed in plan.slots:
            slot = (start, end, missed and end <= self.now, None, created)
            self.tables[Slot].append((self.ids.new(), self.user, self.school, identity, *slot))
        if done is not None:
            self._points(plan, identity, done)

    def goal(
        self,
        name: str,
        kind: TargetType,
        period: TimePeriod,
        category: str | None,
        terms: list[tuple[date, int, int, bool]],
    ) -> None:
        """Add a goal; each of its terms is (first date, minute of the change, target, in use), the oldest first."""
        identity, (_, made, *_), (*_, target, active) = self.ids.new(), terms[0], terms[-1]
        what = (category, name, kind.value, target, period.value, active)
        self.tables[Goal].append((identity, self.user, self.school, *what, made, made, self.now))
        for first, _, value, in_use in terms:
            self.tables[GoalTerms].append((identity, first.isoformat(), value, in_use))

    def _points(self, plan: Plan, task: str, done: int) -> None:
        points = points_for_task(plan.priority)
        early = done - 45
        amounts = ((points, early), (-points, early), (points, done)) if plan.reopened else ((points, done),)
        for amount, instant in amounts:
            what = (amount, XpReason.TASK_COMPLETED.value, task, plan.title, instant, instant)
            self.tables[XpEntry].append((self.ids.new(), self.user, self.school, *what))


def write(session: Session, students: Sequence[Rows]) -> None:
    """Insert everything of these students."""
    dialect = session.get_bind().dialect.name
    for model, columns in COLUMNS.items():
        instants = [n for n, name in enumerate(columns) if name.endswith(INSTANTS)]
        insert_rows(session, table_of(model), columns, list(_stored(students, model, instants, dialect)))


def _stored(
    students: Sequence[Rows], model: type[Base], instants: Sequence[int], dialect: str
) -> Iterator[tuple[Any, ...]]:
    for student in students:
        for row in student.tables[model]:
            values = list(row)
            for n in instants:
                if values[n] is not None:
                    values[n] = _instant(dialect, values[n])
            yield tuple(values)


@lru_cache(maxsize=1 << 18)
def _instant(dialect: str, minute: int) -> str | int:
    return stored_instant(dialect, EPOCH + minute * MINUTE)


@lru_cache(maxsize=1 << 12)
def _search_text(title: str, notes: str) -> str:
    return search_text(title, notes)
