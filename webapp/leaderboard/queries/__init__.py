"""Reading leaderboards."""

from __future__ import annotations

from webapp.leaderboard.queries.best import personal_best
from webapp.leaderboard.queries.boards import board, everyone
from webapp.leaderboard.queries.teams import teams

__all__ = ["board", "everyone", "personal_best", "teams"]
