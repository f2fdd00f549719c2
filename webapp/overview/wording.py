"""The school's figures in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from webapp.core.words import DASH, day_text
from webapp.overview.types import Figure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from webapp.overview.queries.measures import Compared
    from webapp.overview.types import DayOf, Measures

FRACTIONS: Final = frozenset({Figure.ENGAGEMENT_RATE, Figure.ATTENDANCE_RATE})
PERCENTS: Final = frozenset({Figure.COMPLETION, Figure.SCORE})
# The words of each figure: its name, its icon, and what it is of.
LABELS: Final = {
    Figure.STUDENTS_TOTAL: ("Students", "users", "with an account, today"),
    Figure.STUDENTS_ACTIVE: ("Active students", "user-check", "with activity in these dates"),
    Figure.ENGAGEMENT_RATE: ("Engagement", "flame", "of the students were active"),
    Figure.ATTENDANCE_RATE: ("Attendance", "calendar-check", "of the enrolments had an active student"),
    Figure.COMPLETION: ("Course completion", "progress-check", "mean over all enrolments, today"),
    Figure.SCORE: ("Quiz score", "school", "mean of the attempts handed in"),
    Figure.ATTEMPTS: ("Quiz attempts", "writing", "handed in"),
    Figure.LESSONS: ("Lessons completed", "book", ""),
    Figure.XP: ("XP", "star", "earned"),
    Figure.ACTIVE_PEOPLE: ("Active users", "user-heart", "distinct people, staff among them"),
    Figure.ACTIVITIES: ("Activities", "activity", "things done"),
}
BOARD: Final = (
    *(Figure.STUDENTS_TOTAL, Figure.STUDENTS_ACTIVE, Figure.ENGAGEMENT_RATE, Figure.ATTENDANCE_RATE),
    *(Figure.COMPLETION, Figure.SCORE, Figure.ATTEMPTS, Figure.LESSONS, Figure.XP, Figure.ACTIVITIES),
)
# As of now: there is no range before to compare with.
AS_OF_NOW: Final = frozenset({Figure.STUDENTS_TOTAL, Figure.COMPLETION})
WITHHELD: Final = "Not shown: fewer than 5 people are behind it."


class Change(NamedTuple):
    """The words of a change; `trend` is up, down, same or none."""

    text: str
    trend: str
    good: bool | None


def value_text(figure: Figure, value: float | None) -> str:
    """Return a figure with its unit; a dash where there is none."""
    if value is None:
        return DASH
    if figure in FRACTIONS:
        return f"{round(value * 100, 1):g} %"
    return f"{round(value, 1):g} %" if figure in PERCENTS else f"{int(value):,}"


def change_of(figure: Figure | None, found: Compared) -> Change:
    """Return a change in words; more of everything here is welcome. A mean that is no figure of its own has none."""
    if found.delta is None:
        return Change("", "none", None)
    if found.delta == 0:
        return Change("no change", "same", None)
    size = abs(found.delta)
    if figure in FRACTIONS or figure in PERCENTS:
        text = f"{round(size * (100 if figure in FRACTIONS else 1), 1):g} points"
    elif figure is None:
        text = f"{size:,.2f}"
    else:
        text = f"{int(size):,}"
    sign = "+" if found.delta > 0 else "−"
    return Change(sign + text, "up" if found.delta > 0 else "down", found.delta > 0)


def presence_sentence(days: Sequence[DayOf]) -> str:
    """Return the sentence of the chart of presence."""
    best = max(days, key=lambda day: (day.active_users, day.date))
    if not best.active_users:
        return "Nobody was active in these dates."
    mean = sum(day.active_users for day in days) / len(days)
    return f"{mean:,.1f} people a day; most on {day_text(best.date)} with {best.active_users:,}."


def learning_sentence(found: Measures) -> str:
    """Return the sentence of the chart of learning."""
    if not found.lessons_completed and not found.attempts_submitted:
        return "No lesson was completed and no quiz handed in."
    return f"{found.lessons_completed:,} lessons completed, {found.attempts_submitted:,} quiz attempts handed in."


def growth_sentence(rate: Fraction | None) -> str:
    """Return the growth rate in words."""
    if rate is None:
        return "No growth to tell: the range is under 14 days, or nobody was active in its first seven."
    if rate == 0:
        return "As many people a day in the last seven dates as in the first seven."
    more = "more" if rate > 0 else "fewer"
    return (
        f"{round(float(abs(rate)) * 100, 1):g} % {more} people a day in the last seven dates than in the first seven."
    )
