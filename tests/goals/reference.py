"""Goals by brute force: minute by minute from the raw rows, straight from docs/metrics.md; slow, and nothing else.

It shares no code with the application but the tables that it reads. Zones come straight from zoneinfo.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from webapp.learning.models import LessonProgress
from webapp.planner.models import Slot, Task
from webapp.xp.models import XpEntry

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@dataclass
class Wish:
    """A goal as it was asked for, and every change of its target or use, each with its instant."""

    kind: str
    period: str
    category: Any
    made_at: datetime
    edits: list[tuple[datetime, int, bool]] = field(default_factory=list)


@dataclass
class Shown:
    """What should be shown of one period."""

    first: date
    last: date
    target: int
    achieved: Fraction
    percent: float
    status: str
    forecast: Fraction
    planned: int


class Reference:
    """The goals of one person, from rows read at the moment it is made."""

    def __init__(self, session, user_id, zone: str, now: datetime, *, week_start: int = 0, rest=frozenset()) -> None:
        self.zone, self.now, self.week_start, self.rest = ZoneInfo(zone), now, week_start, rest
        self.minute = now.replace(second=0, microsecond=0)
        self.studied: Counter[Any] = Counter()
        self.passed: Counter[date] = Counter()
        self.ahead: list[tuple[date, Any]] = []
        self.completed: Counter[Any] = Counter()
        tasks = {row.id: row for row in session.scalars(select(Task).where(Task.user_id == user_id))}
        for slot in session.scalars(select(Slot).where(Slot.user_id == user_id)):
            if tasks[slot.task_id].status != "cancelled":
                self._count(slot, tasks[slot.task_id].category_id)
        for task in tasks.values():
            if task.completed_at and task.status != "cancelled":
                self.completed[self._date(task.completed_at), task.category_id] += 1
        awards = session.scalars(select(XpEntry).where(XpEntry.user_id == user_id))
        self.xp = [(self._date(award.earned_at), award.amount) for award in awards]
        done = session.scalars(select(LessonProgress).where(LessonProgress.user_id == user_id))
        self.lessons = [self._date(row.completed_at) for row in done if row.completed_at]
        self.today = self._date(now)

    def _count(self, slot, category) -> None:
        minute = slot.starts_at.astimezone(UTC)
        while minute < slot.ends_at:
            day = self._date(minute)
            if minute < self.minute:
                self.passed[day] += 1
                if not slot.missed:
                    self.studied[day, category] += 1
            elif not slot.missed:
                self.ahead.append((day, category))
            minute += MINUTE

    def _date(self, instant: datetime) -> date:
        return date_in(self.zone, instant)

    def beginning(self, day: date) -> datetime:
        return beginning_in(self.zone, day)

    def period(self, kind: str, day: date) -> tuple[date, date]:
        if kind == "daily":
            return day, day
        if kind == "weekly":
            first = day
            while first.weekday() != self.week_start:
                first -= DAY
            return first, first + 6 * DAY
        first = day.replace(day=1)
        last = first
        while (last + DAY).month == first.month:
            last += DAY
        return first, last

    def achieved(self, wish: Wish, first: date, last: date) -> Fraction:
        inside = lambda day: first <= day <= last  # noqa: E731
        ours = lambda category: wish.category is None or category == wish.category  # noqa: E731
        if wish.kind == "xp":
            return Fraction(sum(amount for day, amount in self.xp if inside(day)))
        if wish.kind == "lessons":
            return Fraction(sum(inside(day) for day in self.lessons))
        if wish.kind == "task_count":
            return Fraction(sum(n for (day, category), n in self.completed.items() if inside(day) and ours(category)))
        studied = sum(n for (day, category), n in self.studied.items() if inside(day) and ours(category))
        if wish.kind == "minutes":
            return Fraction(studied)
        passed = sum(n for day, n in self.passed.items() if inside(day))
        return Fraction(100 * studied, passed) if passed else Fraction(0)

    def terms(self, wish: Wish, last: date) -> tuple[int, bool]:
        """Return target and use at the end of the date."""
        end = self.beginning(last + DAY)
        known = [edit for edit in wish.edits if edit[0] < end] or wish.edits[:1]
        return known[-1][1], known[-1][2]

    def pace(self, first: date, last: date) -> Fraction:
        gone = whole = timedelta(0)
        day = first
        while day <= last:
            if day not in self.rest:
                start, end = self.beginning(day), self.beginning(day + DAY)
                whole += end - start
                gone += max(timedelta(0), min(end, self.now) - start)
            day += DAY
        return Fraction(gone // timedelta(microseconds=1), whole // timedelta(microseconds=1)) if whole else Fraction(0)

    def shown(self, wish: Wish, day: date) -> Shown:
        first, last = self.period(wish.period, day)
        target = self.terms(wish, last)[0]
        achieved = self.achieved(wish, first, last)
        ahead = sum(first <= d <= last and wish.category in {None, category} for d, category in self.ahead)
        forecast = achieved + (ahead if wish.kind == "minutes" else 0)
        percent = float(min(half_up(100 * achieved / target), Fraction("999.99")))
        status = self._status(wish, first, last, target, achieved, forecast)
        return Shown(first, last, target, achieved, percent, status, forecast, ahead)

    def _status(self, wish, first, last, target, achieved, forecast) -> str:
        if achieved >= target:
            return "achieved"
        if self.now >= self.beginning(last + DAY):
            return "missed"
        if wish.kind == "percentage":
            if not any(n for day, n in self.passed.items() if first <= day <= last):
                return "on_track"
            return "at_risk" if achieved >= Fraction(3, 4) * target else "behind"
        due = target * self.pace(first, last)
        if achieved >= due or forecast >= target:
            return "on_track"
        return "at_risk" if achieved >= Fraction(3, 4) * due else "behind"

    def closed(self, wish: Wish) -> list[tuple[date, date, int, Fraction]]:
        """Return the closed periods that count, newest first: first, last, target, achieved."""
        found = []
        first, _ = self.period(wish.period, self.today)
        oldest, _ = self.period(wish.period, self._date(wish.made_at))
        while (first := self.period(wish.period, first - DAY)[0]) >= oldest:
            last = self.period(wish.period, first)[1]
            target, active = self.terms(wish, last)
            if active:
                found.append((first, last, target, self.achieved(wish, first, last)))
        return found

    def streak(self, wish: Wish) -> int:
        running = self.period(wish.period, self.today)
        count = int(self.achieved(wish, *running) >= wish.edits[-1][1])
        for first, last, target, achieved in self.closed(wish):
            if achieved >= target:
                count += 1
            elif not all(first + n * DAY in self.rest for n in range((last - first).days + 1)):
                break
        return count


@cache
def date_in(zone: ZoneInfo, instant: datetime) -> date:
    return instant.astimezone(zone).date()


@cache
def beginning_in(zone: ZoneInfo, day: date) -> datetime:
    """Return the first minute that has the date, or a later one where there is none."""
    minute = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=16)
    while date_in(zone, minute) < day:
        minute += MINUTE
    return minute


def half_up(value: Fraction) -> Fraction:
    return Fraction(int(value * 100 + Fraction(1, 2)), 100)
