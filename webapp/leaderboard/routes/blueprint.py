"""Where the pages of leaderboards hang."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("leaderboard", __name__)
