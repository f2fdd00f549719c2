"""How demo students go about it: some thrive, some coast, some slip away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.demo.calendar import WEEKS
from webapp.demo.subjects import SUBJECTS

if TYPE_CHECKING:
    from random import Random

    from webapp.demo.subjects import Subject

HOUR = 60
AFTERNOONS = (15 * HOUR + 30, 16 * HOUR, 16 * HOUR + 30, 17 * HOUR, 18 * HOUR, 19 * HOUR, 19 * HOUR + 30)
WEEKENDS = (10 * HOUR, 11 * HOUR, 14 * HOUR, 15 * HOUR, 16 * HOUR + 30)
LENGTHS = (30, 45, 45, 60, 60, 60, 90)
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Habit:
    """Chances that hold in an ordinary week, and over how many of the last weeks they fade."""

    name: str
    share: float
    sessions: tuple[int, int]
    keeps: float
    finishes: float
    has_windows: float
    holiday_work: float
    plans_ahead: float
    tidies: float
    fades_over: tuple[int, int] = (0, 0)


HABITS = (
    Habit(
        "thrives",
        0.3,
        (7, 10),
        keeps=0.95,
        finishes=0.94,
        has_windows=0.9,
        holiday_work=0.25,
        plans_ahead=0.8,
        tidies=1.0,
    ),
    Habit(
        "coasts",
        0.45,
        (4, 7),
        keeps=0.82,
        finishes=0.75,
        has_windows=0.5,
        holiday_work=0.05,
        plans_ahead=0.3,
        tidies=0.6,
    ),
    Habit(
        "slips",
        0.25,
        (4, 7),
        keeps=0.8,
        finishes=0.72,
        has_windows=0.35,
        holiday_work=0.0,
        plans_ahead=0.1,
        tidies=0.3,
        fades_over=(5, 12),
    ),
)
THRIVES = HABITS[0]


@dataclass(frozen=True, slots=True)
class Session:
    """Time for a subject that comes every week; `minute` is of the day by the wall clock."""

    subject: int
    weekday: int
    minute: int
    length: int


@dataclass(frozen=True, slots=True)
class Window:
    """Time kept free for focused work every week."""

    weekday: int
    minute: int
    length: int


@dataclass(frozen=True, slots=True)
class Character:
    """One student: a habit, subjects, and a week as they mean it to be."""

    habit: Habit
    subjects: tuple[Subject, ...]
    sessions: tuple[Session, ...]
    windows: tuple[Window, ...]
    fades_over: int

    def vigour(self, week: int) -> float:
        """Return how much of the habit is left in a week, counted from 0: 1 for all, towards 0 for none."""
        left = WEEKS - week
        if not self.fades_over or left > self.fades_over:
            return 1.0
        return max(0.1, left / self.fades_over)


def character(dice: Random, intensity: float, habit: Habit | None = None) -> Character:
    """Return somebody drawn by lot; `intensity` scales how much they plan."""
    habit = habit or dice.choices(HABITS, [each.share for each in HABITS])[0]
    count = max(1, round(dice.randint(*habit.sessions) * intensity))
    subjects = tuple(dice.sample(SUBJECTS, min(len(SUBJECTS), max(2, round(count * 0.7)))))
    sessions = tuple(_session(dice, n % len(subjects)) for n in range(count))
    windows = _windows(dice) if dice.random() < habit.has_windows * min(1.0, intensity + 0.3) else ()
    return Character(habit, subjects, sessions, windows, dice.randint(*habit.fades_over))


def _session(dice: Random, subject: int) -> Session:
    weekday = dice.choices(range(7), (5, 5, 5, 4, 2, 3, 3))[0]
    minute = dice.choice(WEEKENDS if weekday >= SATURDAY else AFTERNOONS)
    return Session(subject, weekday, minute, dice.choice(LENGTHS))


def _windows(dice: Random) -> tuple[Window, ...]:
    minute, length = dice.choice(AFTERNOONS[:5]), dice.choice((90, 120, 150))
    return tuple(Window(weekday, minute, length) for weekday in sorted(dice.sample(range(6), dice.randint(2, 4))))
