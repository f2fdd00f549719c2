"""Reading a student's progress, and the figures of a class."""

from __future__ import annotations

from webapp.students.queries.engagement import active_since, engagement
from webapp.students.queries.matrix import matrix
from webapp.students.queries.student import active_days, attempts, goal_counts, place_of, recent_work, standing

__all__ = [
    "active_days",
    "active_since",
    "attempts",
    "engagement",
    "goal_counts",
    "matrix",
    "place_of",
    "recent_work",
    "standing",
]
