"""Every finding counted minute by minute from the raw rows, by the words of docs/metrics.md and with its thresholds.

It shares no code with the application but the tables it reads: zones come straight from zoneinfo.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select

from tests.exactness.reference import Reference, fraction
from webapp.planner.models import FocusWindow, Slot, Task

MINUTE = timedelta(minutes=1)


class Someone(NamedTuple):
    """Whose findings; every viewer is one."""

    user_id: object
    zone: str
    week_start: int


class Minute(NamedTuple):
    day: date
    hour: int
    missed: bool
    category: object
    inside: bool


class Sum:
    def __init__(self, minutes) -> None:
        self.planned = len(minutes)
        self.studied = sum(not each.missed for each in minutes)
        self.dates = len({each.day for each in minutes})

    @property
    def rate(self) -> Fraction:
        return Fraction(self.studied, self.planned)


class Recount:
    """What should be said, as {(kind, subject): (figures, strength)}."""

    def __init__(self, session, viewer, now: datetime) -> None:
        self.zone = ZoneInfo(viewer.zone)
        self.now = now.replace(second=0, microsecond=0)
        today = now.astimezone(self.zone).date()
        self.this = today - timedelta(days=(today.weekday() - viewer.week_start) % 7)
        self.first = self.this - timedelta(days=84)
        self.reference = Reference(session, viewer.user_id, viewer.zone, now)
        self.today = today
        self.minutes = list(self._read(session, viewer.user_id))
        self.said: dict[tuple[str, object], tuple[dict[str, object], float]] = {}
        self._review()
        self._categories()
        self._balance()
        self._trend()
        self._best("best_hours", lambda each: each.hour, 24, Fraction(1, 10))
        self._best("best_weekdays", lambda each: each.day.weekday(), 7, Fraction(1, 5))
        self._reliable("reliable_hours", lambda each: each.hour)
        self._reliable("reliable_weekdays", lambda each: each.day.weekday())
        self._focus()

    def _read(self, session, user_id):
        tasks = {row.id: row for row in session.scalars(select(Task).where(Task.user_id == user_id))}
        windows = session.scalars(select(FocusWindow).where(FocusWindow.user_id == user_id)).all()
        free = {minute for window in windows for minute in _minutes(window)}
        for slot in session.scalars(select(Slot).where(Slot.user_id == user_id)):
            task = tasks[slot.task_id]
            if task.status == "cancelled":
                continue
            for minute in _minutes(slot):
                local = minute.astimezone(self.zone)
                if self.first <= local.date() < self.this:
                    yield Minute(local.date(), local.hour, slot.missed, task.category_id, minute in free)

    def _say(self, kind, figures, strength, subject=None):
        exact = min(max(Fraction(strength), Fraction(0)), Fraction(1))
        self.said[kind, subject] = (figures, fraction(exact.numerator, exact.denominator))

    def _by(self, key, minutes=None):
        found = defaultdict(list)
        for each in self.minutes if minutes is None else minutes:
            found[key(each)].append(each)
        return {place: Sum(each) for place, each in found.items()}

    def _best(self, kind, key, places, least):
        studied = [each for each in self.minutes if not each.missed]
        whole, parts = Sum(studied), self._by(key, studied)
        if whole.studied < 600 or whole.dates < 10:
            return
        most = max(each.studied for each in parts.values())
        if Fraction(most, whole.studied) >= least:
            figures = {
                "studied_minutes": most,
                "all_studied_minutes": whole.studied,
                "share": fraction(most, whole.studied),
            }
            self._say(kind, figures, Fraction(most, whole.studied) - Fraction(1, places))

    def _reliable(self, kind, key):
        parts = self._by(key)
        enough = {place: each for place, each in parts.items() if each.planned >= 180 and each.dates >= 5}
        if len(enough) < 2:
            return
        best = max(each.rate for each in enough.values())
        place = min(place for place, each in enough.items() if each.rate == best)
        one, rest = parts[place], Sum([each for each in self.minutes if key(each) != place])
        if best - rest.rate >= Fraction(1, 10):
            self._say(kind, _pair(one, "", rest, "other_"), best - rest.rate)

    def _categories(self):
        found = []
        for category, each in self._by(lambda minute: minute.category).items():
            missed = Sum([minute for minute in self.minutes if minute.missed and minute.category == category])
            enough = each.planned >= 180 and missed.planned >= 120 and missed.dates >= 3
            if enough and Fraction(missed.planned, each.planned) >= Fraction(3, 10):
                found.append((-missed.planned, self.reference.names.get(category, "No category"), category, each))
        for negative, _, category, each in sorted(found, key=lambda row: row[:2])[:3]:
            figures = {
                "planned_minutes": each.planned,
                "studied_minutes": each.studied,
                "not_studied_minutes": -negative,
                "share": fraction(-negative, each.planned),
            }
            self._say("planned_not_done", figures, Fraction(-negative, each.planned), category)

    def _weeks(self):
        weeks = self._by(lambda each: (each.day - self.first).days // 7)
        return [weeks[place] for place in sorted(weeks)]

    def _balance(self):
        weeks, whole = self._weeks(), Sum(self.minutes)
        if len(weeks) < 4 or whole.planned < 600:
            return
        figures = {
            "planned_minutes": whole.planned,
            "studied_minutes": whole.studied,
            "follow_through": fraction(whole.studied, whole.planned),
            "weeks": len(weeks),
            "planned_minutes_a_week": int(Fraction(whole.planned, len(weeks)) + Fraction(1, 2)),
            "studied_minutes_a_week": int(Fraction(whole.studied, len(weeks)) + Fraction(1, 2)),
        }
        if whole.rate <= Fraction(75, 100):
            self._say("over_planning", figures, 1 - whole.rate)
        if whole.rate >= Fraction(95, 100):
            self._say("under_planning", figures, whole.rate - Fraction(95, 100))

    def _trend(self):
        weeks = self._weeks()
        if len(weeks) < 6:
            return
        weeks = weeks[len(weeks) % 2 :]
        half = len(weeks) // 2
        planned = [sum(each.planned for each in part) for part in (weeks[:half], weeks[half:])]
        studied = [sum(each.studied for each in part) for part in (weeks[:half], weeks[half:])]
        if min(planned) < 300:
            return
        then, now = (Fraction(*pair) for pair in zip(studied, planned, strict=True))
        if abs(now - then) >= Fraction(1, 10):
            figures = {
                "weeks": half,
                "planned_minutes": planned[1],
                "studied_minutes": studied[1],
                "follow_through": fraction(studied[1], planned[1]),
                "earlier_planned_minutes": planned[0],
                "earlier_studied_minutes": studied[0],
                "earlier_follow_through": fraction(studied[0], planned[0]),
            }
            self._say("planning_trend", figures, abs(now - then))

    def _focus(self):
        inside, outside = (Sum([each for each in self.minutes if each.inside is which]) for which in (True, False))
        if min(inside.planned, outside.planned) < 300 or min(inside.dates, outside.dates) < 5:
            return
        if abs(inside.rate - outside.rate) >= Fraction(1, 10):
            self._say("focus_windows", _pair(inside, "inside_", outside, "outside_"), abs(inside.rate - outside.rate))

    def _review(self):
        spans = {
            "": (self.this - timedelta(days=7), self.this - timedelta(days=1)),
            "before_": (self.this - timedelta(days=14), self.this - timedelta(days=8)),
            "running_": (self.this, self.today),
        }
        figures = {}
        for prefix, dates in spans.items():
            planned = self.reference.total("passed" if prefix == "running_" else "scheduled", *dates)
            figures |= {
                f"{prefix}planned_minutes": planned,
                f"{prefix}studied_minutes": self.reference.total("studied", *dates),
                f"{prefix}follow_through": self.reference.follow_through(*dates),
                f"{prefix}completed_tasks_count": self.reference.total("completed", *dates),
                f"{prefix}xp": self.reference.total("xp", *dates),
            }
        if min(figures["planned_minutes"], figures["before_planned_minutes"]) >= 60:
            last, before = figures["studied_minutes"], figures["before_studied_minutes"]
            self._say("week_in_review", figures, Fraction(abs(last - before), max(last, before, 1)))


def _pair(one, prefix, other, other_prefix):
    return {
        f"{name}{key}": value
        for name, each in ((prefix, one), (other_prefix, other))
        for key, value in (
            ("planned_minutes", each.planned),
            ("studied_minutes", each.studied),
            ("follow_through", fraction(each.studied, each.planned)),
        )
    }


def _minutes(piece) -> list[datetime]:
    start, count = piece.starts_at.astimezone(UTC), (piece.ends_at - piece.starts_at) // MINUTE
    return [start + n * MINUTE for n in range(count)]
