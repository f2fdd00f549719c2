"""Pages of goals, and the cards that other pages include."""

from __future__ import annotations

from webapp.goals.routes import editing, pages
from webapp.goals.routes.blueprint import bp
from webapp.goals.routes.boards import goal_cards

__all__ = ["bp", "editing", "goal_cards", "pages"]
