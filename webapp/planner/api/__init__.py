"""The planner as JSON, each person's own."""

from __future__ import annotations

from webapp.planner.api import categories, tasks, times
from webapp.planner.api.blueprint import bp

__all__ = ["bp", "categories", "tasks", "times"]
