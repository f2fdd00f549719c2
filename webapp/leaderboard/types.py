"""What leaderboards take in and give out; docs/metrics.md, "Leaderboard"."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from webapp.core.inputs import Input, storable
from webapp.core.text import folded
from webapp.schools.models import LeaderboardMode
from webapp.xp.models import Timeframe
from webapp.xp.standings import CHOSEN, NO_NAME, UNSAID, Calendar

if TYPE_CHECKING:
    from datetime import date, datetime

MOST_ROWS: Final = 100
FEWEST_IN_TEAM: Final = 5
SHORTEST, LONGEST = 2, 30
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_TAKEN_WORDS: Final = frozenset({"you", folded(NO_NAME), "admin", "teacher", "milepost"})


def plain_nickname(name: str) -> str:
    """Return a nickname in the form in which it is kept; ValueError says what is wrong with it."""
    name = " ".join(unicodedata.normalize("NFC", storable(name)).split())
    if any(unicodedata.category(letter) in _INVISIBLE for letter in name):
        message = "Use letters, digits and signs that can be seen."
        raise ValueError(message)
    if not any(letter.isalnum() for letter in name) or not SHORTEST <= len(name) <= LONGEST:
        message = f"A nickname has {SHORTEST} to {LONGEST} characters, at least one of them a letter or a digit."
        raise ValueError(message)
    if folded(name) in _TAKEN_WORDS:
        message = "This word would be misunderstood. Take another one."
        raise ValueError(message)
    return name


Nickname = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100), AfterValidator(plain_nickname)]


class BoardQuery(Input):
    """Which leaderboard: of the school, or of a class. An admin names the school or a class of it."""

    timeframe: Timeframe = Timeframe.WEEK
    class_id: UUID | None = None
    school_id: UUID | None = None
    limit: int = Field(default=10, ge=1, le=MOST_ROWS)


class ChoiceInput(Input):
    """Under which name one stands on leaderboards, and whether; null for both means that nothing is said."""

    nickname: Nickname | None = None
    on_leaderboard: bool | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What a leaderboard is about, and how. `version` is None before any points; it grows with every change.

    `switched_on` is the flag's word; without it both modes are off.
    """

    school_id: UUID
    class_id: UUID | None
    name: str
    mode: LeaderboardMode
    school_mode: LeaderboardMode
    switched_on: bool
    calendar: Calendar
    version: int | None
    ready: bool

    @property
    def listings(self) -> tuple[int, ...]:
        """Return whose standings take part: those who chose it, or also those who said nothing."""
        if self.mode is LeaderboardMode.OFF:
            return ()
        return (CHOSEN,) if self.mode is LeaderboardMode.OPT_IN else (CHOSEN, UNSAID)


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One place. What a student may not know of a neighbour is None; `name` is the full name, for staff alone."""

    rank: int
    xp: int
    user_id: UUID | None = None
    display_name: str | None = None
    is_you: bool = False
    name: str | None = None


@dataclass(frozen=True, slots=True)
class You:
    """Where the viewer stands; all but the points is None when they take no part."""

    xp: int
    rank: int | None = None
    percentile: float | None = None
    xp_to_next_rank: int | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """A leaderboard as its viewer may see it. `named` rows come first, then the viewer's neighbourhood."""

    rows: list[BoardRow]
    named: int
    total_participants: int
    you: You | None
    first: date | None
    last: date | None
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class Week:
    """One's points in a week of the school."""

    first: date
    last: date
    xp: int
    is_running: bool
    is_best: bool


@dataclass(frozen=True, slots=True)
class PersonalBest:
    """The running week against one's own weeks before it; `rank` is its place among all of them."""

    weeks: list[Week]
    rank: int
    best: int
    to_best: int
    valid_until: datetime


class TeamRow(NamedTuple):
    """A class against others; the figures are None where fewer than five people are behind them."""

    class_id: UUID
    name: str
    participants: int | None
    total: int | None
    mean: float | None
    rank: int | None = None
    is_yours: bool = False
