"""A small drawing of a goal's last periods: bars up to the target, filled where it was reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.goals.types import GoalStatus
from webapp.goals.wording import PERIOD_NOUNS, number_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.goals.types import SnapshotRow, TimePeriod

PERIODS = 8
HEIGHT, TOP = 32, 4
STEP, WIDTH = 13, 9
FULL = 100.0
LEAST = 1.5


@dataclass(frozen=True, slots=True)
class Bar:
    """One period, in units of the drawing; `state` is reached, short or rest."""

    x: int
    y: float
    height: float
    state: str


@dataclass(frozen=True, slots=True)
class Spark:
    """The bars, oldest first, how wide the drawing is, and the same in words."""

    bars: tuple[Bar, ...]
    width: int
    words: str
    height: int = HEIGHT
    top: int = TOP
    bar_width: int = WIDTH


def spark(period: TimePeriod, rows: Sequence[SnapshotRow]) -> Spark | None:
    """Return the drawing of some closed periods, oldest first; None where there are none."""
    if not rows:
        return None
    bars = tuple(_bar(place, row) for place, row in enumerate(rows))
    return Spark(bars, STEP * len(rows) - STEP + WIDTH, _words(period, rows))


def _bar(place: int, row: SnapshotRow) -> Bar:
    height = max(LEAST, round(min(row.percent_complete, FULL) / FULL * (HEIGHT - TOP), 1))
    reached = row.status is GoalStatus.ACHIEVED
    return Bar(
        STEP * place, round(HEIGHT - height, 1), height, "reached" if reached else "rest" if row.rest else "short"
    )


def _words(period: TimePeriod, rows: Sequence[SnapshotRow]) -> str:
    one, many = PERIOD_NOUNS[period]
    reached = sum(row.status is GoalStatus.ACHIEVED for row in rows)
    shares = ", ".join(f"{number_text(row.percent_complete)} %" for row in rows)
    which = f"The last {one}" if len(rows) == 1 else f"The last {len(rows)} {many}, oldest first"
    return f"{which}: {shares}. {reached} reached."
