"""The pages of learning."""

from __future__ import annotations

from webapp.learning.routes import courses, lessons, quizzes, taking
from webapp.learning.routes.blueprint import bp

__all__ = ["bp", "courses", "lessons", "quizzes", "taking"]
