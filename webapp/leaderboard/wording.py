"""Leaderboards in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from webapp.schools.models import LeaderboardMode
from webapp.xp.models import Timeframe

if TYPE_CHECKING:
    from webapp.leaderboard.types import Board, Scope, You

TIMEFRAMES: Final = {
    Timeframe.DAY: "Today",
    Timeframe.WEEK: "This week",
    Timeframe.MONTH: "This month",
    Timeframe.ALL: "All time",
}
WHO_STANDS: Final = {
    LeaderboardMode.OFF: "Leaderboards are switched off here.",
    LeaderboardMode.OPT_IN: "Only those who chose to be seen stand here.",
    LeaderboardMode.OPT_OUT: "Everyone stands here who has not said otherwise.",
}


def period_text(board: Board, timeframe: Timeframe) -> str:
    """Return which dates a leaderboard is about."""
    if board.first is None or board.last is None:
        return "All points there are"
    if timeframe is Timeframe.DAY:
        return f"{board.first:%A}, {board.first.day} {board.first:%B %Y}"
    return f"{board.first.day} {board.first:%B} to {board.last.day} {board.last:%B %Y}"


def standing_text(board: Board) -> str:
    """Return in a sentence where the viewer stands."""
    you = board.you
    if you is None:
        return ""
    if you.rank is None:
        return f"You have {points(you.xp)}. You are not on this leaderboard, and nobody else sees your points here."
    total = board.total_participants
    place = f"You have {points(you.xp)}: place {you.rank:,} of {total:,}."
    return f"{place} {_way_up(you)}"


def points(xp: int) -> str:
    """Return a number of points in words."""
    return "1 point" if xp == 1 else f"{xp:,} points"


def empty_text(scope: Scope) -> tuple[str, str]:
    """Return heading and explanation for a leaderboard without anybody."""
    if scope.mode is LeaderboardMode.OFF:
        return "Leaderboards are off here", "Your own points, and your best weeks, are there all the same."
    return "Nobody stands here yet", f"{WHO_STANDS[scope.mode]} Points come with the first task, lesson or quiz."


def _way_up(you: You) -> str:
    if you.xp_to_next_rank is None:
        return "Nobody has more."
    return f"{points(you.xp_to_next_rank)} to the next place."
