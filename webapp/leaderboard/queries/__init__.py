"""Reading leaderboards."""

from __future__ import annotations

from webapp.leaderboard.queries.best import personal_best
from webapp.leaderboard.queries.boards import board, everyone, own_place
from webapp.leaderboard.queries.teams import own_classes, teams

__all__ = [
    "board",
    "everyone",
    "own_classes",
    "own_place",
    "personal_best",
    "teams",
]
