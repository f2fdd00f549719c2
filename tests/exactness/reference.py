"""Every planner figure of docs/metrics.md, counted minute by minute from the raw rows; slow, and nothing else.

It shares no code with the application but the tables it reads: zones come straight from zoneinfo, and a minute
belongs to the local date that it has.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from webapp.accounts.models import User
from webapp.learning.models import Attempt, LessonProgress
from webapp.planner.models import Category, FocusWindow, Slot, Task
from webapp.rest.models import DayOff, Holiday, Term
from webapp.xp.models import XpEntry

MINUTE = timedelta(minutes=1)
UNCATEGORISED = "Uncategorised"


@dataclass
class DayCount:
    scheduled: int = 0
    studied: int = 0
    passed: int = 0
    focus: int = 0
    available: int = 0
    completed: int = 0
    xp: int = 0
    lessons: int = 0
    attempts: int = 0
    categories: Counter[Any] = field(default_factory=Counter)


class Reference:
    """The figures of one person, from rows read at the moment it is made."""

    def __init__(self, session, user_id, zone: str, now: datetime, category: Any = "all") -> None:
        self.zone = ZoneInfo(zone)
        self.now = now.replace(second=0, microsecond=0)
        self.category = category
        tasks = {row.id: row for row in session.scalars(select(Task).where(Task.user_id == user_id))}
        self.names = {row.id: row.name for row in session.scalars(select(Category).where(Category.user_id == user_id))}
        self.tasks = {key: task for key, task in tasks.items() if task.status != "cancelled" and self._wanted(task)}
        slots = session.scalars(select(Slot).where(Slot.user_id == user_id)).all()
        self.slots = [slot for slot in slots if slot.task_id in self.tasks]
        self.windows = session.scalars(select(FocusWindow).where(FocusWindow.user_id == user_id)).all()
        self.awards = session.scalars(select(XpEntry).where(XpEntry.user_id == user_id)).all()
        self.off = set(session.scalars(select(DayOff.local_date).where(DayOff.user_id == user_id)))
        school = session.scalar(select(User.school_id).where(User.id == user_id))
        self.holidays = session.scalars(select(Holiday).where(Holiday.school_id == school)).all()
        self.terms = session.scalars(select(Term).where(Term.school_id == school)).all()
        self.progress = session.scalars(select(LessonProgress).where(LessonProgress.user_id == user_id)).all()
        self.attempts = session.scalars(select(Attempt).where(Attempt.user_id == user_id)).all()
        self.days: dict[date, DayCount] = defaultdict(DayCount)
        self.tasks_by_day: dict[date, set[Any]] = defaultdict(set)
        self.priority_minutes: dict[date, Counter[Any]] = defaultdict(Counter)
        self._count()

    def _wanted(self, task) -> bool:
        if self.category == "all":
            return True
        return task.category_id is None if self.category == "none" else task.category_id == self.category

    def _local(self, instant: datetime) -> date:
        return instant.astimezone(self.zone).date()

    def _count(self) -> None:
        planned: set[datetime] = set()
        for slot in self.slots:
            task = self.tasks[slot.task_id]
            for minute in _minutes(slot):
                planned.add(minute)
                local = self._local(minute)
                day = self.days[local]
                day.scheduled += 1
                day.categories[task.category_id] += 1
                self.tasks_by_day[local].add(slot.task_id)
                self.priority_minutes[local][task.priority.value] += 1
                if minute < self.now:
                    day.passed += 1
                    day.studied += not slot.missed
        for minute in {minute for window in self.windows for minute in _minutes(window)}:
            day = self.days[self._local(minute)]
            day.available += 1
            day.focus += minute in planned
        self._count_events()

    def _count_events(self) -> None:
        for task in self.tasks.values():
            if task.completed_at:
                self.days[self._local(task.completed_at)].completed += 1
        for award in self.awards:
            self.days[self._local(award.earned_at)].xp += award.amount
        self._count_learning()

    def _count_learning(self) -> None:
        for progress in self.progress:
            if progress.completed_at:
                self.days[self._local(progress.completed_at)].lessons += 1
        for attempt in self.attempts:
            if attempt.submitted_at:
                self.days[self._local(attempt.submitted_at)].attempts += 1

    def range(self, first: date, last: date) -> list[tuple[date, DayCount]]:
        count = (last - first).days + 1
        dates = [first + timedelta(days=n) for n in range(count)]
        return [(day, self.days.get(day, DayCount())) for day in dates]

    def total(self, name: str, first: date, last: date) -> int:
        return sum(getattr(day, name) for _, day in self.range(first, last))

    def utilization(self, first: date, last: date) -> float | None:
        return fraction(self.total("focus", first, last), self.total("available", first, last))

    def follow_through(self, first: date, last: date) -> float | None:
        return fraction(self.total("studied", first, last), self.total("passed", first, last))

    def tasks_in(self, first: date, last: date) -> list[Any]:
        keys = {key for day, _ in self.range(first, last) for key in self.tasks_by_day.get(day, ())}
        return [self.tasks[key] for key in keys]

    def completion_rate(self, first: date, last: date) -> float | None:
        tasks = self.tasks_in(first, last)
        return fraction(sum(task.status == "completed" for task in tasks), len(tasks))

    def priorities(self, first: date, last: date) -> dict[str, tuple[int, int, int]]:
        tasks = self.tasks_in(first, last)
        minutes: Counter[str] = Counter()
        for day, _ in self.range(first, last):
            minutes.update(self.priority_minutes.get(day, {}))
        return {
            name: (
                sum(task.priority.value == name for task in tasks),
                sum(task.priority.value == name and task.status == "completed" for task in tasks),
                minutes[name],
            )
            for name in ("high", "medium", "low")
        }

    def category_minutes(self, first: date, last: date) -> Counter[Any]:
        return sum((day.categories for _, day in self.range(first, last)), Counter())

    def top_category(self, first: date, last: date) -> tuple[str, int] | None:
        named = [
            (self.names[key], minutes) for key, minutes in self.category_minutes(first, last).items() if key is not None
        ]
        return min(named, key=lambda pair: (-pair[1], pair[0].casefold(), pair[0])) if named else None

    def rests(self, day: date) -> bool:
        within = lambda spans: any(span.starts_on <= day <= span.ends_on for span in spans)  # noqa: E731
        return day in self.off or within(self.holidays) or (bool(self.terms) and not within(self.terms))

    def streak(self, name: str = "completed") -> int:
        today = self._local(self.now)
        done = {day for day, count in self.days.items() if getattr(count, name) > 0}
        count, day = 0, today
        while day >= min(done, default=today):
            if day in done:
                count += 1
            elif day != today and not self.rests(day):
                break
            day -= timedelta(days=1)
        return count


def fraction(part: int, whole: int) -> float | None:
    """Return part / whole, rounded half-up to 4 decimals by exact arithmetic."""
    if whole == 0:
        return None
    return float(rounded(Fraction(part, whole), 4))


def rounded(value: Fraction, places: int) -> Fraction:
    scaled = abs(value) * 10**places
    whole = int(scaled + Fraction(1, 2))
    return Fraction(whole if value >= 0 else -whole, 10**places)


def _minutes(piece) -> list[datetime]:
    start, count = piece.starts_at.astimezone(UTC), (piece.ends_at - piece.starts_at) // MINUTE
    return [start + n * MINUTE for n in range(count)]
