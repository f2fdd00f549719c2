"""The student that people sign in as: a history of doing well, and a week in which there is something of everything."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from webapp.core import timezones
from webapp.demo.calendar import WEEKS, mondays, wall
from webapp.demo.goals import write_goals
from webapp.demo.habits import THRIVES, Character, Session, Window
from webapp.demo.history import Student, write_history
from webapp.demo.rows import Plan
from webapp.demo.subjects import SUBJECTS
from webapp.planner.models import Priority
from webapp.rollups.days import instant_of

if TYPE_CHECKING:
    from random import Random

    from webapp.demo.rows import Rows

HOUR, DAY = 60, 24 * 60
HIGH, MEDIUM, LOW = Priority.HIGH, Priority.MEDIUM, Priority.LOW
MATHS, BIOLOGY, HISTORY, ENGLISH, PHYSICS, SPANISH, CODING = range(7)
MISSED_AT_MOST = 2
STREAK = 12


class Entry(NamedTuple):
    """A slot of the crafted week: `at` is the hour of the day by the wall clock."""

    weekday: int
    at: float
    length: int
    subject: int
    title: str
    priority: Priority = MEDIUM
    may_be_missed: bool = False


WEEK = (
    Entry(0, 7.25, 20, SPANISH, "Past tense: before school", LOW),
    Entry(0, 15.5, 60, MATHS, "Quadratics: exercises 4 to 9"),
    Entry(0, 17, 45, SPANISH, "Past tense: flash cards", LOW),
    Entry(0, 19, 30, ENGLISH, "Reading journal: chapter 7", may_be_missed=True),
    Entry(1, 16, 90, BIOLOGY, "Genetics: summary", HIGH),
    Entry(1, 17, 60, PHYSICS, "Waves: worksheet"),  # overlaps the one before
    Entry(1, 19, 45, HISTORY, "Trade routes: read the chapter"),
    Entry(2, 7.25, 20, SPANISH, "Past tense: before school", LOW),
    Entry(2, 15.5, 60, MATHS, "Quadratics: exercises 10 to 15", may_be_missed=True),
    Entry(2, 17, 60, CODING, "Sorting: write it, then time it"),
    Entry(3, 16, 60, BIOLOGY, "Genetics: worksheet"),
    Entry(3, 16.5, 60, ENGLISH, "Persuasive writing: first draft", HIGH),  # overlaps the one before
    Entry(3, 19, 45, SPANISH, "Past tense: letter", LOW, may_be_missed=True),
    Entry(4, 7.25, 20, SPANISH, "Past tense: before school", LOW),
    Entry(4, 15.5, 90, PHYSICS, "Waves: practice test", HIGH),
    Entry(4, 17.5, 45, MATHS, "Quadratics: mixed revision"),
    Entry(5, 10, 120, HISTORY, "Trade routes: project map", HIGH),
    Entry(5, 14, 60, CODING, "A small game: keyboard"),
    Entry(6, 11, 60, ENGLISH, "Persuasive writing: corrections"),
    Entry(6, 16, 45, MATHS, "Plan next week"),
)
NEXT_WEEK = (
    Entry(0, 7.25, 20, SPANISH, "Past tense: before school", LOW),
    Entry(0, 15.5, 60, MATHS, "Geometry proofs: read the chapter"),
    Entry(1, 16, 60, BIOLOGY, "Ecosystems: summary"),
    Entry(2, 17, 60, CODING, "A small game: score"),
    Entry(3, 16, 90, PHYSICS, "Electric circuits: exercises"),
    Entry(5, 10, 90, HISTORY, "The steam engine: notes"),
)
# Every other week is much like this one; what was put in only here is left out.
SESSIONS = tuple(
    Session(each.subject, each.weekday, int(each.at * HOUR), each.length) for each in WEEK if not each.may_be_missed
)
WINDOWS = (*(Window(weekday, 15 * HOUR + 30, 150) for weekday in range(4)), Window(5, 10 * HOUR, 150))


def write_showcase(rows: Rows, zone: str, today: date, dice: Random) -> None:
    """Make up the student's half year, this week and the next by hand."""
    character = Character(THRIVES, SUBJECTS, SESSIONS, WINDOWS, 0)
    student = Student(character, zone, today, dice, rows)
    categories = list(write_history(student, slice(WEEKS - 1)).values())
    week, following = mondays(today)[-2:]
    missed = _missed(student, week)
    for entry in WEEK:
        rows.plan(_plan(student, week, entry, categories, missed=entry in missed))
    for entry in NEXT_WEEK:
        rows.plan(_plan(student, following, entry, categories, missed=False))
    for monday in (week, following):
        for window in WINDOWS:
            start = wall(zone, monday + timedelta(days=window.weekday), window.minute)
            rows.window(start, start + window.length)
    _other_tasks(student, categories)
    _streak(student)
    write_goals(student, categories)


def _missed(student: Student, week: date) -> list[Entry]:
    """Return the entries of this week that were missed: the last few that could be and have passed."""
    passed = [each for each in WEEK if each.may_be_missed and _start(student, week, each) + 2 * HOUR < student.rows.now]
    return passed[-MISSED_AT_MOST:]


def _start(student: Student, week: date, entry: Entry) -> int:
    return wall(student.zone, week + timedelta(days=entry.weekday), int(entry.at * HOUR))


def _plan(student: Student, week: date, entry: Entry, categories: list[str], *, missed: bool) -> Plan:
    start = _start(student, week, entry)
    end = start + entry.length
    return Plan(
        entry.title,
        created=wall(student.zone, week - timedelta(days=1), 17 * HOUR + entry.weekday),
        category=categories[entry.subject],
        priority=entry.priority,
        due=wall(student.zone, week + timedelta(days=min(entry.weekday + 1, 6)), 20 * HOUR),
        slots=((start, end, missed),),
        done=None if missed else end + 5,
    )


def _other_tasks(student: Student, categories: list[str]) -> None:
    """Add a task of every other kind: overdue, due soon, long, without a category, cancelled, without anything."""
    today, zone = student.today, student.zone

    def at(days: int, hour: int) -> int:
        return wall(zone, today + timedelta(days=days), hour * HOUR)

    long_run = tuple((at(days, 18), at(days, 18) + 30, False) for days in (-5, -3, 2, 5))
    notes = "Sources:\n- the map in chapter 4\n- the film from Tuesday\nAsk whether five pages are enough."
    for plan in (
        Plan("Lab report on enzymes", at(-9, 16), categories[BIOLOGY], HIGH, due=at(-2, 20)),
        Plan("Essay on trade routes", at(-6, 16), categories[HISTORY], HIGH, notes, due=at(3, 18), slots=long_run),
        Plan("Vocabulary, unit 6", at(-3, 16), categories[SPANISH], due=at(1, 20)),
        Plan(
            "Chess club sign-up", at(-8, 12), None, LOW, cancelled=True, slots=((at(-1, 13), at(-1, 13) + 30, False),)
        ),
        Plan("Return library books", at(-2, 13), None, LOW, due=at(2, 16)),
        Plan("Ideas for the science fair", at(-1, 19), categories[PHYSICS], LOW),
    ):
        student.rows.plan(plan)


def _streak(student: Student) -> None:
    """Add a small thing done on each of the last days, so that a streak is running."""
    yesterday = timezones.local_date(instant_of(student.rows.now), student.zone) - timedelta(days=1)
    for day in (yesterday - timedelta(days=n) for n in range(STREAK)):
        done = wall(student.zone, day, 20 * HOUR + 30)
        student.rows.plan(Plan("Ten minutes of vocabulary", done - 15, None, LOW, done=done))
