"""Courses, lessons and quizzes as JSON."""

from __future__ import annotations

from webapp.learning.api import attempts, courses, lessons, mastery, quizzes
from webapp.learning.api.blueprint import bp

__all__ = ["attempts", "bp", "courses", "lessons", "mastery", "quizzes"]
