"""Leaderboards as pages: the boards, and what one says about oneself."""

from __future__ import annotations

from webapp.leaderboard.routes import boards, cards, choice
from webapp.leaderboard.routes.blueprint import bp

__all__ = ["boards", "bp", "cards", "choice"]
