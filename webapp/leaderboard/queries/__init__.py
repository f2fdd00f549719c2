"""Reading leaderboards."""

from __future__ import annotations

from webapp.leaderboard.queries.best import personal_best
from webapp.leaderboard.queries.boards import board, everyone
from webapp.leaderboard.queries.teams import own_classes, teams

__all__ = ["board", "everyone", "own_classes", "personal_best", "teams"]
