"""Reading a student's progress, and the figures of a class."""

from __future__ import annotations

from webapp.students.queries.engagement import engagement
from webapp.students.queries.matrix import matrix
from webapp.students.queries.student import active_days, attempts, goal_counts, place_of, recent_work, standing

__all__ = ["active_days", "attempts", "engagement", "goal_counts", "matrix", "place_of", "recent_work", "standing"]
