"""Half a year of one demo student, week by week."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from webapp.demo.calendar import WEEKS, in_break, mondays, wall
from webapp.demo.rows import Plan
from webapp.demo.subjects import ERRANDS, NOTES, WORK
from webapp.planner.models import Priority

if TYPE_CHECKING:
    from random import Random

    from webapp.demo.habits import Character, Session
    from webapp.demo.rows import Rows

HOUR, DAY = 60, 24 * 60
OLD = 14 * DAY
PRIORITIES = (Priority.MEDIUM, Priority.MEDIUM, Priority.MEDIUM, Priority.HIGH, Priority.LOW)
Spans = tuple[tuple[int, int, bool], ...]

# How often, of 1: a week in bed, an errand in a week, a slot that moved, one made up for, notes on a task, stopping
# only when done, ticking off too early, finishing something of which every slot was missed, a session as planned.
ILL, ERRAND, MOVED, MADE_UP, NOTED, SAME_DAY, TOO_EARLY, LATE, USUAL = 0.03, 0.25, 0.15, 0.3, 0.2, 0.7, 0.02, 0.2, 0.94


class Week(NamedTuple):
    """A week of a student's history: its number from 0, its Monday, and how much of the habit is left."""

    number: int
    monday: date
    vigour: float
    ill: bool


class Student(NamedTuple):
    """Somebody whose history is made up."""

    character: Character
    zone: str
    today: date
    dice: Random
    rows: Rows


def write_history(student: Student, weeks: slice = slice(None)) -> dict[str, str]:
    """Make up the weeks; return the id of each subject's category."""
    first = mondays(student.today)[0]
    began = wall(student.zone, first, 7 * HOUR)
    categories = {
        subject.name: student.rows.category(subject.name, subject.color, began)
        for subject in student.character.subjects
    }
    for number, monday in list(enumerate(mondays(student.today)))[weeks]:
        ill = student.dice.random() < ILL
        _week(student, Week(number, monday, student.character.vigour(number), ill), categories)
    return categories


def _week(student: Student, week: Week, categories: dict[str, str]) -> None:
    planned = defaultdict(list)
    for session in student.character.sessions:
        if _takes_place(student, week, session):
            planned[session.subject].append(session)
    for subject, sessions in planned.items():
        name = student.character.subjects[subject].name
        student.rows.plan(_plan(student, week, sessions, categories[name]))
    if student.dice.random() < ERRAND * week.vigour:
        _errand(student, week)
    _windows(student, week)


def _takes_place(student: Student, week: Week, session: Session) -> bool:
    habit, day = student.character.habit, week.monday + timedelta(days=session.weekday)
    chance = habit.holiday_work if in_break(day, student.today) else USUAL * week.vigour
    if week.number == WEEKS:
        chance *= habit.plans_ahead
    return student.dice.random() < chance


def _plan(student: Student, week: Week, sessions: list[Session], category: str) -> Plan:
    dice, habit = student.dice, student.character.habit
    slots = _slots(student, week, sessions)
    title = _title(student, week, sessions[0].subject)
    done = _done(student, week, slots)
    friday = wall(student.zone, week.monday + timedelta(days=dice.choice((4, 4, 6))), 20 * HOUR)
    end = max(slot[1] for slot in slots)
    return Plan(
        title,
        created=wall(student.zone, week.monday - timedelta(days=1), 17 * HOUR + dice.randrange(120)),
        category=category,
        priority=dice.choice(PRIORITIES),
        notes=dice.choice(NOTES) if dice.random() < NOTED else "",
        due=max(friday, end),
        slots=slots,
        done=done,
        cancelled=done is None and end < student.rows.now - OLD and dice.random() < habit.tidies,
        reopened=dice.random() < TOO_EARLY,
    )


def _title(student: Student, week: Week, subject: int) -> str:
    topics = student.character.subjects[subject].topics
    return f"{topics[week.number // 4 % len(topics)]}: {student.dice.choice(WORK)}"


def _slots(student: Student, week: Week, sessions: list[Session]) -> Spans:
    """Return the sessions of the week as they went: some moved a little, some missed, some of those made up for."""
    dice, slots = student.dice, []
    for session in sessions:
        day = week.monday + timedelta(days=session.weekday)
        moved = dice.choice((-60, -30, 30, 60)) if dice.random() < MOVED else 0
        start = wall(student.zone, day, session.minute + moved)
        missed = week.ill or dice.random() > student.character.habit.keeps * week.vigour**0.3
        slots.append((start, start + session.length, missed))
        if missed and dice.random() < MADE_UP * week.vigour:
            again = wall(student.zone, day + timedelta(days=1), 20 * HOUR)
            slots.append((again, again + session.length, False))
    return tuple(slots)


def _done(student: Student, week: Week, slots: Spans) -> int | None:
    """Return when the task gets done: after the work on it, the same evening or a day or two later; or never."""
    dice, kept = student.dice, [end for _, end, missed in slots if not missed]
    chance = student.character.habit.finishes * week.vigour**0.5 if kept else LATE
    if dice.random() > chance:
        return None
    if kept and dice.random() < SAME_DAY:
        return max(kept) + dice.randrange(0, 90)
    return max(end for _, end, _ in slots) + dice.randrange(10 * HOUR, 50 * HOUR)


def _errand(student: Student, week: Week) -> None:
    dice = student.dice
    created = wall(student.zone, week.monday + timedelta(days=dice.randrange(5)), 13 * HOUR + dice.randrange(300))
    done = created + dice.randrange(HOUR, 4 * DAY) if dice.random() < student.character.habit.finishes else None
    if created <= student.rows.now:
        student.rows.plan(Plan(dice.choice(ERRANDS), created, priority=Priority.LOW, due=created + 3 * DAY, done=done))


def _windows(student: Student, week: Week) -> None:
    for window in student.character.windows:
        day = week.monday + timedelta(days=window.weekday)
        if not in_break(day, student.today) and student.dice.random() < week.vigour:
            start = wall(student.zone, day, window.minute)
            student.rows.window(start, start + window.length)
