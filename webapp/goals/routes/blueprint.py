"""The blueprint of the pages of goals."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("goals", __name__)

CHANGED = ("planner-changed",)
"""Goals are among the figures that pages follow by this event."""
