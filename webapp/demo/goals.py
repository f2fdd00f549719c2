"""Goals of the student that people sign in as: one in every state, whatever the day on which the demo is loaded.

Targets are put where the plan of the running period makes them: reached, on track, at risk, behind. Their past weeks
follow from half a year of made-up work, so some were reached and some were not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from webapp.core.periods import DateRange, month_of, week_of
from webapp.demo.calendar import wall
from webapp.goals.types import TargetType, TimePeriod
from webapp.planner.models import Slot, Task

if TYPE_CHECKING:
    from datetime import date

    from webapp.demo.history import Student

MIDNIGHT, MORNING = 0, 7 * 60
ONE_DAY = timedelta(days=1)
HALF_HOUR = 30
MATHS, SPANISH = 0, 5


class Term(NamedTuple):
    """A target in force from so many weeks ago on, and whether the goal was in use."""

    weeks_ago: int
    target: int
    active: bool = True


@dataclass(frozen=True, slots=True)
class Wish:
    """A goal as it was made and changed since; the first of its terms says when it was made."""

    name: str
    kind: TargetType
    period: TimePeriod
    terms: tuple[Term, ...]
    category: str | None = None


class Standing(NamedTuple):
    """What there is in a running period: minutes studied and still planned, tasks completed, and the time passed."""

    studied: int
    planned: int
    completed: int
    elapsed: float


def write_goals(student: Student, categories: list[str]) -> None:
    """Make up the goals; everything else of the student has been made up before."""
    for wish in _wishes(student, categories):
        student.rows.goal(wish.name, wish.kind, wish.period, wish.category, _dated(student, wish))


def _dated(student: Student, wish: Wish) -> list[tuple[date, int, int, bool]]:
    """Return each of the terms with the date and the minute from which it holds."""
    dates = [(student.today - timedelta(weeks=term.weeks_ago), term) for term in wish.terms]
    return [(day, wall(student.zone, day, MORNING), term.target, term.active) for day, term in dates]


def _wishes(student: Student, categories: list[str]) -> list[Wish]:
    week = _standing(student, week_of(student.today))
    maths = _standing(student, week_of(student.today), categories[MATHS])
    month = _standing(student, month_of(student.today))
    weekly, monthly = TimePeriod.WEEKLY, TimePeriod.MONTHLY
    return [
        Wish("Study hours", TargetType.MINUTES, weekly, (Term(20, 720), Term(0, _on_track(week)))),
        Wish(
            "Maths, every week a bit more",
            TargetType.MINUTES,
            weekly,
            (Term(12, 120), Term(0, _behind(maths))),
            categories[MATHS],
        ),
        Wish("Things done this month", TargetType.TASK_COUNT, monthly, (Term(21, 24), Term(0, _at_risk(month)))),
        Wish("A few tasks a week", TargetType.TASK_COUNT, weekly, (Term(16, max(1, min(5, week.completed))),)),
        Wish("Keep to the plan", TargetType.PERCENTAGE, weekly, (Term(10, 90),)),
        Wish("Points for today", TargetType.XP, TimePeriod.DAILY, (Term(3, 30),)),
        Wish(
            "Spanish before school",
            TargetType.MINUTES,
            TimePeriod.DAILY,
            (Term(9, 20), Term(2, 20, active=False)),
            categories[SPANISH],
        ),
    ]


def _on_track(week: Standing) -> int:
    """Return a target that is reached if everything planned is kept."""
    return max(HALF_HOUR, (week.studied + week.planned) * 19 // 20 // HALF_HOUR * HALF_HOUR)


def _behind(week: Standing) -> int:
    """Return a target that is out of reach of what is planned, and of which too little is done by now."""
    wanted = max(1.3 * (week.studied + week.planned), week.studied / max(0.6 * week.elapsed, 0.1))
    return ceil((wanted + 1) / HALF_HOUR) * HALF_HOUR


def _at_risk(month: Standing) -> int:
    """Return a number of tasks a little beyond the pace so far."""
    return max(1, min(999, round(month.completed / max(0.87 * month.elapsed, 0.05))))


def _standing(student: Student, dates: DateRange, category: str | None = None) -> Standing:
    rows, zone = student.rows, student.zone
    first, end = wall(zone, dates.first, MIDNIGHT), wall(zone, dates.last + ONE_DAY, MIDNIGHT)
    counts = {row[0] for row in rows.tables[Task] if row[8] != "cancelled" and category in {None, row[3]}}
    done = [row[10] for row in rows.tables[Task] if row[0] in counts and row[10] is not None]
    slots = [(row[4], row[5]) for row in rows.tables[Slot] if row[3] in counts and not row[6]]
    now = rows.now
    return Standing(
        studied=sum(_within(slot, first, min(now, end)) for slot in slots),
        planned=sum(_within(slot, max(now, first), end) for slot in slots),
        completed=sum(first <= minute < end for minute in done),
        elapsed=(now - first) / (end - first),
    )


def _within(slot: tuple[int, int], first: int, end: int) -> int:
    return max(0, min(slot[1], end) - max(slot[0], first))
